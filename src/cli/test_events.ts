/**
 * Makes the events of `agent send-test-event`.
 *
 * @module
 */

import { encodeStateful, encodeStateless } from "../comms/event_encoder.ts";
import type { Stream } from "../comms/wire.ts";

/** What the events look like. */
export interface TestEventShape {
  stream: Stream;
  /** Text of each event. @default "Test event N of COUNT" */
  message?: string | undefined;
  /** Size of each data line in bytes; shorter ones are filled up with dots, longer ones left as they are. */
  sizeBytes?: number | undefined;
}

/** Encoded test events with the numbers from `first` to `last` of `count`. */
export function testEvents(
  { stream, message, sizeBytes = 0 }: TestEventShape,
  { first, last, count, now }: { first: number; last: number; count: number; now: Date },
): string {
  let lines = "";
  for (let number = first; number <= last; number++) {
    const original = message ?? `Test event ${number} of ${count}`;
    const event = { original, created: now.toISOString() };
    const missing = sizeBytes - new TextEncoder().encode(JSON.stringify({ event })).length;
    if (missing > 0) event.original += ".".repeat(missing);
    lines += encode(stream, { event });
  }
  return lines;
}

function encode(stream: Stream, data: object): string {
  const module = "agent";
  const collector = "test";
  if (stream === "stateless") return encodeStateless({ module, collector }, data);
  const id = crypto.randomUUID();
  return encodeStateful({ module, collector, id, operation: "create" }, data);
}
