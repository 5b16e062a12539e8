/**
 * Cuts what is appended into pieces of the size of a batch.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { EncodedEvents, EncodedRun } from "../../shared/protocol/encoded_events.ts";
import type { BatchLimits } from "./types.ts";

const NEWLINE = 0x0a;
/** Header and data; runs are stateless. */
const LINES_AN_EVENT = 2;

/**
 * Puts events together to runs of at most `max_events` and about `max_bytes`; a chunk that turns out larger is split when a batch
 * needs it. Runs that lie behind each other in memory are not copied.
 */
export function* cutIntoChunks(
  items: readonly EncodedEvents[],
  limits: BatchLimits,
): Generator<EncodedRun> {
  let runs: EncodedRun[] = [];
  let events = 0;
  let size = 0;
  for (const run of runsWithin(items, limits)) {
    const isFull = events + run.events > limits.max_events ||
      size + run.bytes.length > limits.max_bytes;
    if (isFull && events > 0) {
      yield { events, bytes: joined(runs) };
      runs = [];
      events = 0;
      size = 0;
    }
    runs.push(run);
    events += run.events;
    size += run.bytes.length;
  }
  if (events > 0) yield { events, bytes: joined(runs) };
}

function* runsWithin(
  items: readonly EncodedEvents[],
  limits: BatchLimits,
): Generator<EncodedRun> {
  let texts: string[] = [];
  let size = 0;
  for (const item of items) {
    // Infinity ends the text before a run, which is bytes already and is handed on without copying.
    const length = typeof item === "string" ? item.length : Infinity;
    if (texts.length >= limits.max_events || (size + length > limits.max_bytes && size > 0)) {
      yield { events: texts.length, bytes: Buffer.from(texts.join("")) };
      texts = [];
      size = 0;
    }
    if (typeof item === "string") {
      texts.push(item);
      size += length;
    } else yield* cutRun(item, limits);
  }
  if (texts.length > 0) yield { events: texts.length, bytes: Buffer.from(texts.join("")) };
}

/** Cuts a run that is too large into pieces of equally many events. */
function* cutRun(run: EncodedRun, { max_events, max_bytes }: BatchLimits): Generator<EncodedRun> {
  const { events, bytes } = run;
  const pieces = Math.max(Math.ceil(events / max_events), Math.ceil(bytes.length / max_bytes));
  if (pieces <= 1) return yield run;
  const most = Math.max(1, Math.ceil(events / pieces));
  let start = 0;
  for (let left = events; left > 0;) {
    const taken = Math.min(most, left);
    left -= taken;
    const end = left === 0 ? bytes.length : endOf(taken, bytes, start);
    yield { events: taken, bytes: bytes.subarray(start, end) };
    start = end;
  }
}

/** Where `events` events end that begin at `start`: at the newline that precedes the next one. */
function endOf(events: number, bytes: Uint8Array, start: number): number {
  let end = start;
  for (let line = 0; line < events * LINES_AN_EVENT; line++) end = bytes.indexOf(NEWLINE, end + 1);
  return end;
}

function joined(runs: readonly EncodedRun[]): Uint8Array<ArrayBuffer> {
  const [first] = runs;
  if (first === undefined) return new Uint8Array();
  const { buffer, byteOffset } = first.bytes;
  let end = byteOffset;
  for (const { bytes } of runs) {
    // Pieces of one buffer that follow each other are a view of it; anything else has to be copied.
    if (bytes.buffer !== buffer || bytes.byteOffset !== end) {
      return Buffer.concat(runs.map((run) => run.bytes));
    }
    end += bytes.length;
  }
  return new Uint8Array(buffer, byteOffset, end - byteOffset);
}
