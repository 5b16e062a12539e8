/**
 * Events between their source and the server: what is stored together, where, and how much.
 *
 * @module
 */

import type { EncodedEvents } from "./encoded_events.ts";
import type { Stream } from "./wire.ts";

/** Events of one stream by number, both ends included. Numbers rise by one within a stream and are never used again. */
export interface EventRange {
  first_event: number;
  last_event: number;
}

/** An {@linkcode EventRange} and the stream whose numbers it has. */
export interface EventSpan extends EventRange {
  stream: Stream;
}

/** A number of events and their size. */
export interface Amount {
  events: number;
  /** Size as sent, before compression. */
  bytes: number;
}

/** Events of a stream that no batch has claimed yet. */
export interface Waiting extends Amount {
  /** When the oldest of them was stored; `undefined` when there are none. */
  oldest_ms: number | undefined;
}

/**
 * Where every event of a stream that was ever taken in is now. At any moment, also after a crash:
 * `taken = queued + acknowledged + dead_lettered + dropped`.
 */
export interface Account {
  taken: Amount;
  acknowledged: Amount;
  dead_lettered: Amount;
  dropped: Amount;
  queued: Amount;
}

/** How a batch's body is sent. Kept with the batch, so that every try sends the same bytes. */
export type BatchEncoding = "identity" | "gzip" | "zstd";

/** A place to go on from after a restart, committed together with the events before it. */
export interface Checkpoint {
  /** What it belongs to, unique within the collector; for a file, its device and inode. */
  key: string;
  /** JSON text that the collector understands, or `null` to forget the key. */
  value: string | null;
}

/** Something that will never be delivered: it goes to the loss ledger. */
export interface CollectionLoss extends Amount {
  /** Short and stable, such as `file truncated before it was read`. */
  reason: string;
  /** Where: a path, for example. */
  detail: string;
}

/** Events, checkpoints and losses that become durable together or not at all. */
export interface CollectedGroup {
  stream: Stream;
  /** Oldest first. May be empty when only a checkpoint moves. */
  events: readonly EncodedEvents[];
  checkpoints?: readonly Checkpoint[];
  losses?: readonly CollectionLoss[];
}

/** A batch that is no more, although nobody settled it. */
export class BatchGoneError extends Error {
  override readonly name = "BatchGoneError";

  constructor(id: string) {
    super(`Batch "${id}" is gone: the disk damaged events of it`);
  }
}
