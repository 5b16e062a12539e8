/**
 * What the benchmarks move: lines of a log and encoded events, of a size that is known exactly.
 *
 * @module
 */

import { encodeStateless } from "../../src/shared/protocol/event_encoder.ts";

/** Size of the usual event and of the usual line of a log, in bytes. */
const USUAL_BYTES = 350;

const HEADER = { module: "bench", collector: "memory" };
const CREATED = "2026-02-19T20:25:46.807Z";

/** `count` encoded events whose `event.original` is `payloadBytes` long. */
export function eventsWithPayload(count: number, payloadBytes: number): string[] {
  const event = encodeEvent("x".repeat(payloadBytes));
  return Array.from({ length: count }, () => event);
}

/** `count` encoded events of `bytes` each, each with its number. */
export function eventsOfSize(count: number, bytes = USUAL_BYTES): string[] {
  const room = bytes - encodeEvent("").length;
  return Array.from({ length: count }, (_, index) => encodeEvent(filled(index, room)));
}

/** A log of `count` numbered lines, each of `bytes` with its newline. */
export function logText(count: number, bytes = USUAL_BYTES): string {
  return Array.from({ length: count }, (_, index) => `${filled(index, bytes - 1)}\n`).join("");
}

function encodeEvent(original: string): string {
  return encodeStateless(HEADER, { event: { original, created: CREATED } });
}

/** A text of `length` characters that begins with a number, as long as there is room. */
function filled(index: number, length: number): string {
  return `${index} Accepted publickey for deploy from 192.0.2.17 port 50122; `
    .padEnd(length, "session opened ").slice(0, length);
}
