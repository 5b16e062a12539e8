/**
 * Events as they wait to be stored: encoded, and not looked into again.
 *
 * @module
 */

/** Several stateless events that were encoded together, as UTF-8, behind each other. */
export interface EncodedRun {
  /** How many events `bytes` holds; at least one. */
  events: number;
  /** Whoever made them may write here again once they are stored. */
  bytes: Uint8Array<ArrayBuffer>;
}

/** One encoded event (see `event_encoder.ts`), or a run of them. */
export type EncodedEvents = string | EncodedRun;

/** How many events these are together. */
export function countEvents(items: readonly EncodedEvents[]): number {
  let count = 0;
  for (const item of items) count += typeof item === "string" ? 1 : item.events;
  return count;
}

/** Their size in bytes; characters stand for bytes in those that are text. */
export function sizeOfEvents(items: readonly EncodedEvents[]): number {
  let size = 0;
  for (const item of items) size += typeof item === "string" ? item.length : item.bytes.length;
  return size;
}
