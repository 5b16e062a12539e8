/**
 * The words of the queue: what goes in, what comes out, what is counted.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type { Stream } from "../../shared/protocol/wire.ts";
import type { RefusedEvent } from "../../shared/protocol/exchange.ts";
import type {
  Amount,
  BatchEncoding,
  Checkpoint,
  CollectedGroup,
  CollectionLoss,
  EventRange,
} from "../../shared/protocol/stored_events.ts";

/** Both streams, in the order in which they are listed. */
export const STREAMS: readonly Stream[] = ["stateless", "stateful"];

/** How much goes into one batch; whichever is reached first. */
export interface BatchLimits {
  max_events: number;
  max_bytes: number;
}

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
export interface Loss extends CollectionLoss {
  stream: Stream;
}

/** A {@linkcode Loss} as the ledger keeps it. */
export interface LossEntry extends Loss {
  id: number;
  first_at_ms: number;
  last_at_ms: number;
}

/** Where a collector goes on after a restart. */
export interface CheckpointChange extends Checkpoint {
  collector: string;
}

/** What becomes durable in one transaction: a collector's group, its checkpoints under its name. */
export interface AppendGroup extends Omit<CollectedGroup, "checkpoints"> {
  checkpoints?: readonly CheckpointChange[];
  /**
   * Changes the tables of whoever appends in the same transaction. It must change nothing but the database: after a rollback it is run
   * again. It is run also when a full queue drops the events.
   */
  write?: (database: DatabaseSync, transaction: OpenTransaction) => void;
  /** About how much `write` appends itself. Such a group waits for room under every policy, and is never dropped. @default nothing */
  writes?: Amount;
}

/** What can be done with the queue inside a transaction. */
export interface OpenTransaction {
  /** For tables that live beside the queue's own. */
  database: DatabaseSync;
  /** Stores events in this transaction, in the room kept for what matters. */
  append(group: AppendGroup): EventRange;
  /** Events of a stream that are stored now. */
  stored(stream: Stream): number;
}

/** What a server said of single stateful events when it settled their batch. */
export interface AnsweredEvents {
  /** Those that were refused, and became dead letters; `whole`: the request that held only this one was. */
  refused: readonly { lines: Uint8Array; status: number; reason: string; whole: boolean }[];
  /** Those that were to create what the server had already. */
  existing: readonly Uint8Array[];
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
