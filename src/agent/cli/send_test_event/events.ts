/**
 * Makes the events of `agent send-test-event`.
 *
 * A stateless one is a log line of module `agent`. A stateful one is a document of a module that every server knows, a package of the
 * inventory, because some servers refuse others; it is deleted again once it has arrived.
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

/** Which of the events, and when. */
interface TestEventRange {
  first: number;
  last: number;
  count: number;
  now: Date;
  /** Begins the ids of the documents of this run. */
  run: string;
}

const DOCUMENT = { module: "inventory", collector: "packages" };

/** Encoded test events with the numbers from `first` to `last` of `count`. */
export function testEvents(
  { stream, message, sizeBytes = 0 }: TestEventShape,
  { first, last, count, now, run }: TestEventRange,
): string {
  let lines = "";
  for (let number = first; number <= last; number++) {
    const text = textOf(message, { number, count });
    const missing = sizeBytes - bytesOf(stream, text, now);
    const data = dataOf(stream, missing > 0 ? text + ".".repeat(missing) : text, now);
    lines += stream === "stateless"
      ? encodeStateless({ module: "agent", collector: "test" }, data)
      : encodeStateful({ ...DOCUMENT, id: idOf(run, number), operation: "create" }, data);
  }
  return lines;
}

/** Encoded events that delete the documents of the stateful test events with the same numbers. */
export function testEventRemovals(
  { first, last, run }: Pick<TestEventRange, "first" | "last" | "run">,
): string {
  let lines = "";
  for (let number = first; number <= last; number++) {
    lines += encodeStateful({ ...DOCUMENT, id: idOf(run, number), operation: "delete" });
  }
  return lines;
}

/**
 * Makes sure that each of `count` events can have the size that is asked for.
 *
 * @throws {AgentError} `usage`, with the least size that can be had
 */
export function checkEventSize(
  { stream, message, sizeBytes }: TestEventShape,
  count: number,
): void {
  if (sizeBytes === undefined) return;
  const least = bytesOf(stream, textOf(message, { number: count, count }), new Date(0));
  if (sizeBytes >= least) return;
  throw new AgentError(
    "usage",
    `Cannot use --size ${sizeBytes}: an event with this message needs at least ${least} bytes`,
    { hint: `agent send-test-event --size ${least}` },
  );
}

function textOf(
  message: string | undefined,
  { number, count }: { number: number; count: number },
): string {
  return message ?? `Test event ${number} of ${count}`;
}

function dataOf(stream: Stream, text: string, now: Date): object {
  const created = now.toISOString();
  if (stream === "stateless") return { event: { original: text, created } };
  const name = "agent-test-event";
  return { "@timestamp": created, package: { name, version: "1", description: text } };
}

function bytesOf(stream: Stream, text: string, now: Date): number {
  return byteLength(JSON.stringify(dataOf(stream, text, now)));
}

function idOf(run: string, number: number): string {
  return `${run}-${number}`;
}
