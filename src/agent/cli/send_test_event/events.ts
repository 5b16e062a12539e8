/**
 * Makes the events of `agent send-test-event`.
 *
 * @module
 */

import { encodeStateful, encodeStateless } from "../../../shared/protocol/event_encoder.ts";
import type { Stream } from "../../../shared/protocol/wire.ts";
import { AgentError } from "../../../shared/errors.ts";
import { byteLength } from "../../../shared/text.ts";

/** What the events look like. */
export interface TestEventShape {
  stream: Stream;
  /** Text of each event. @default "Test event N of COUNT" */
  message?: string | undefined;
  /** Size of each data line in bytes; shorter ones are filled up with dots. */
  sizeBytes?: number | undefined;
}

/** Encoded test events with the numbers from `first` to `last` of `count`. */
export function testEvents(
  { stream, message, sizeBytes = 0 }: TestEventShape,
  { first, last, count, now }: { first: number; last: number; count: number; now: Date },
): string {
  let lines = "";
  for (let number = first; number <= last; number++) {
    const event = eventOf(message, { number, count, now });
    const missing = sizeBytes - bytesOf(event);
    if (missing > 0) event.original += ".".repeat(missing);
    lines += encode(stream, { event });
  }
  return lines;
}

/**
 * Makes sure that each of `count` events can have the size that is asked for.
 *
 * @throws {AgentError} `usage`, with the least size that can be had
 */
export function checkEventSize({ message, sizeBytes }: TestEventShape, count: number): void {
  if (sizeBytes === undefined) return;
  const least = bytesOf(eventOf(message, { number: count, count, now: new Date(0) }));
  if (sizeBytes >= least) return;
  throw new AgentError(
    "usage",
    `Cannot use --size ${sizeBytes}: an event with this message needs at least ${least} bytes`,
    { hint: `agent send-test-event --size ${least}` },
  );
}

function eventOf(
  message: string | undefined,
  { number, count, now }: { number: number; count: number; now: Date },
) {
  return {
    original: message ?? `Test event ${number} of ${count}`,
    created: now.toISOString(),
  };
}

function bytesOf(event: { original: string; created: string }): number {
  return byteLength(JSON.stringify({ event }));
}

function encode(stream: Stream, data: object): string {
  const module = "agent";
  const collector = "test";
  if (stream === "stateless") return encodeStateless({ module, collector }, data);
  const id = crypto.randomUUID();
  return encodeStateful({ module, collector, id, operation: "create" }, data);
}
