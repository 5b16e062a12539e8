/**
 * Events as they wait to be stored: text that nobody has to look into again.
 *
 * @module
 */

/** Several stateless events that were encoded together, behind each other. */
export interface EncodedRun {
  /** How many events `text` holds; at least one. */
  events: number;
  text: string;
}

/** One encoded event (see `event_encoder.ts`), or a run of them. */
export type EncodedEvents = string | EncodedRun;

/** How many events these are together. */
export function countEvents(items: readonly EncodedEvents[]): number {
  let count = 0;
  for (const item of items) count += typeof item === "string" ? 1 : item.events;
  return count;
}

/** The text of all of them, in order. */
export function textOf(item: EncodedEvents): string {
  return typeof item === "string" ? item : item.text;
}
