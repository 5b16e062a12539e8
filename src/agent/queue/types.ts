/**
 * The words of the queue: what goes in, what comes out, what is counted.
 *
 * @module
 */

import type { EncodedEvents } from "../../shared/protocol/encoded_events.ts";
import type { Stream } from "../../shared/protocol/wire.ts";

/** Both streams, in the order in which they are listed. */
export const STREAMS: readonly Stream[] = ["stateless", "stateful"];

/** Events of one stream by number, both ends included. Numbers rise by one within a stream and are never used again. */
export interface EventRange {
  first_event: number;
  last_event: number;
}

/** A number of events and their size. */
export interface Amount {
  events: number;
  /** Size as sent, before compression. */
  bytes: number;
}

/** How much goes into one batch; whichever is reached first. */
export interface BatchLimits {
  max_events: number;
  max_bytes: number;
}

/** How a batch's body is sent. Kept with the batch, so that every try sends the same bytes. */
export type BatchEncoding = "identity" | "gzip";

/** A promise to send these events under this id: on disk before the first try, unchanged until it is settled. */
export interface Batch extends EventRange, Amount {
  /** UUID v7; the idempotency key of every try. */
  id: string;
  stream: Stream;
  encoding: BatchEncoding;
  /** Line 1 of the request, as it was when the batch was made. */
  agent_line: string;
  created_ms: number;
}

/** Something that will never be delivered. */
export interface Loss extends Amount {
  stream: Stream;
  reason: string;
  detail: string;
}

/** A {@linkcode Loss} as the ledger keeps it. */
export interface LossEntry extends Loss {
  id: number;
  first_at_ms: number;
  last_at_ms: number;
}

/** Where a collector goes on after a restart. */
export interface CheckpointChange {
  collector: string;
  key: string;
  /** `null` removes the key. */
  value: string | null;
}

/** What becomes durable in one transaction. */
export interface AppendGroup {
  stream: Stream;
  events: readonly EncodedEvents[];
  checkpoints?: readonly CheckpointChange[];
  losses?: readonly Omit<Loss, "stream">[];
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

/** Events of a stream that no batch has claimed yet. */
export interface Waiting extends Amount {
  /** When the oldest of them was stored; `undefined` when there are none. */
  oldest_ms: number | undefined;
}

/** An event that the server refused although it took the batch. */
export interface RefusedEvent {
  /** Position in the batch, from 0. */
  index: number;
  status: number;
  reason: string;
}

/** A batch that left the queue. */
export interface Settlement {
  batch: Batch;
  outcome: "acknowledged" | "dead_lettered";
  /** HTTP status of the answer that settled it. */
  status: number;
  /** Why it was refused, when it was. */
  reason?: string;
  /** Events of an acknowledged batch that were refused all the same. */
  refused: readonly RefusedEvent[];
}
