/**
 * The stored events that no batch has claimed: what lies in the gaps between the batches. Every method belongs inside a
 * transaction, or between two.
 *
 * @module
 */

import type { Stream } from "../../shared/protocol/wire.ts";
import type { BatchStore } from "./batch_store.ts";
import type { Chunk, ChunkStore } from "./chunk_store.ts";
import type { BatchLimits } from "./types.ts";
import type { Amount, EventRange, Waiting } from "../../shared/protocol/stored_events.ts";

/** Larger than any event number. */
export const NO_EVENT_AFTER: number = Number.MAX_SAFE_INTEGER;

/** Which events a batch may be made of. */
interface ClaimScope {
  stream: Stream;
  limits: BatchLimits;
  /** Only these. @default all that no batch has claimed */
  within?: EventRange;
}

/** Finds unclaimed events. */
export class UnclaimedEvents {
  readonly #chunks: Record<Stream, ChunkStore>;
  readonly #batches: BatchStore;

  constructor(chunks: Record<Stream, ChunkStore>, batches: BatchStore) {
    this.#chunks = chunks;
    this.#batches = batches;
  }

  /**
   * The unclaimed chunks of a stream, oldest first: those in the gaps between its batches. Must be left by `break` or at its
   * end, never by `next()` alone: an open cursor would hold a read transaction.
   */
  *chunks(stream: Stream, within?: EventRange): Generator<Chunk> {
    const stored = this.#chunks[stream];
    let after = (within?.first_event ?? 1) - 1;
    for (const batch of this.#batches.list(stream)) {
      // Batches leave in any order: between two that are open there may be events of one that was dissolved.
      if (batch.first_event > after + 1) yield* stored.list(after, batch.first_event);
      after = Math.max(after, batch.last_event);
    }
    yield* stored.list(after, within === undefined ? NO_EVENT_AFTER : within.last_event + 1);
  }

  /** The oldest unclaimed events that follow each other without a gap and fit together. */
  nextRange(
    { stream, limits, within }: ClaimScope,
  ): (EventRange & Amount) | undefined {
    let range: (EventRange & Amount) | undefined;
    for (const chunk of this.chunks(stream, within)) {
      const { last_event, events, bytes } = chunk;
      if (range === undefined) {
        range = { ...rangeOf(chunk), events, bytes };
        continue;
      }
      const fits = range.events + events <= limits.max_events &&
        range.bytes + bytes <= limits.max_bytes;
      // A range has no holes: what it acknowledges is deleted from its first number to its last.
      if (!fits || last_event - events !== range.last_event) break;
      range.last_event = last_event;
      range.events += events;
      range.bytes += bytes;
    }
    return range;
  }

  /** Walks the range: for the few events that somebody waits for, never for a whole stream. */
  waiting(stream: Stream, within: EventRange): Waiting {
    const waiting: Waiting = { events: 0, bytes: 0, oldest_ms: undefined };
    for (const chunk of this.chunks(stream, within)) {
      waiting.events += chunk.events;
      waiting.bytes += chunk.bytes;
      waiting.oldest_ms ??= chunk.created_ms;
    }
    return waiting;
  }
}

/** The events of a chunk. */
export function rangeOf(chunk: Chunk): EventRange {
  return { first_event: chunk.last_event - chunk.events + 1, last_event: chunk.last_event };
}
