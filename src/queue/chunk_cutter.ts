/**
 * Cuts what is appended into pieces of the size of a batch.
 *
 * @module
 */

import type { EncodedEvents, EncodedRun } from "../comms/encoded_events.ts";
import type { BatchLimits } from "./types.ts";

/** Header and data; runs are stateless. */
const LINES_AN_EVENT = 2;

/**
 * Puts events together to runs of at most `max_events` and about `max_bytes`. Characters stand for bytes here, which is exact for
 * ASCII; a chunk that turns out larger is split when a batch needs it.
 */
export function* cutIntoChunks(
  items: readonly EncodedEvents[],
  limits: BatchLimits,
): Generator<EncodedRun> {
  let texts: string[] = [];
  let events = 0;
  let size = 0;
  for (const { events: more, text } of runsWithin(items, limits)) {
    const isFull = events + more > limits.max_events || size + text.length > limits.max_bytes;
    if (isFull && events > 0) {
      yield { events, text: texts.join("") };
      texts = [];
      events = 0;
      size = 0;
    }
    texts.push(text);
    events += more;
    size += text.length;
  }
  if (events > 0) yield { events, text: texts.join("") };
}

function* runsWithin(
  items: readonly EncodedEvents[],
  limits: BatchLimits,
): Generator<EncodedRun> {
  for (const item of items) {
    if (typeof item === "string") yield { events: 1, text: item };
    else yield* cutRun(item, limits);
  }
}

/** Cuts a run that is too large into pieces of equally many events. */
function* cutRun(run: EncodedRun, { max_events, max_bytes }: BatchLimits): Generator<EncodedRun> {
  const { events, text } = run;
  const pieces = Math.max(Math.ceil(events / max_events), Math.ceil(text.length / max_bytes));
  if (pieces <= 1) return yield run;
  const most = Math.max(1, Math.ceil(events / pieces));
  let start = 0;
  for (let left = events; left > 0;) {
    const taken = Math.min(most, left);
    left -= taken;
    const end = left === 0 ? text.length : endOf(taken, text, start);
    yield { events: taken, text: text.slice(start, end) };
    start = end;
  }
}

/** Where `events` events end that begin at `start`: at the newline that precedes the next one. */
function endOf(events: number, text: string, start: number): number {
  let end = start;
  for (let line = 0; line < events * LINES_AN_EVENT; line++) end = text.indexOf("\n", end + 1);
  return end;
}
