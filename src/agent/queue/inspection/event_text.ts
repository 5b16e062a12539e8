/**
 * Stored lines as single events, for people: also lines that are damaged, which the sender would refuse.
 *
 * @module
 */

import type { QueuedEvent } from "../../../shared/protocol/queue_inspection.ts";
import type { Stream } from "../../../shared/protocol/wire.ts";

/** Lines that were stored together. */
interface StoredLines {
  stream: Stream;
  /** Number of the first event. */
  first_event: number;
  stored_ms: number;
  lines: Uint8Array;
  /** Whether they are what they were; `undefined` when only their text can tell. */
  isIntact: boolean | undefined;
}

const decoder = new TextDecoder();

/** The events in stored lines, in order. */
export function* eventsIn(stored: StoredLines): Generator<QueuedEvent> {
  const { stream, first_event, stored_ms, isIntact } = stored;
  const lines = decoder.decode(stored.lines).split("\n").slice(1);
  let event = first_event;
  for (let index = 0; index < lines.length;) {
    const header = lines[index++] ?? "";
    const isAlone = stream === "stateful" && isDelete(header);
    const data = isAlone ? null : lines[index++] ?? null;
    const is_intact = isIntact ?? (isObject(header) && (data === null || isObject(data)));
    yield { stream, event: event++, stored_ms, header, data, is_intact };
  }
}

/** Module and collector that an event's header names; `?` when it cannot be read. */
export function sourceOf(header: string): { module: string; collector: string | null } {
  const { module, collector } = parsed(header);
  return {
    module: typeof module === "string" ? module : "?",
    collector: typeof collector === "string" ? collector : null,
  };
}

function isDelete(header: string): boolean {
  // Parsing every header would cost more than all the rest.
  return header.includes('"delete"') && parsed(header).operation === "delete";
}

function isObject(text: string): boolean {
  return parsedObject(text) !== undefined;
}

function parsed(header: string): Record<string, unknown> {
  return parsedObject(header) ?? {};
}

function parsedObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
