/**
 * What a queue is opened and used with.
 *
 * @module
 */

import type { Durability } from "../../shared/sqlite/open.ts";
import type { SchemaPart } from "../../shared/sqlite/schema.ts";
import type { FoundDamage } from "./database.ts";
import type { DiskUsage } from "./disk_space.ts";
import type { ClaimRequest } from "./queue_store.ts";
import type { Withdrawal } from "./withdrawal.ts";
import type { AnsweredEvents, BatchLimits, OpenTransaction } from "./types.ts";
import type { Stream } from "../../shared/protocol/wire.ts";
import type { Amount } from "../../shared/protocol/stored_events.ts";

/** What happens to an append while the queue is full: wait, or drop something and record it. */
export type FullPolicy = "block" | "drop_oldest" | "drop_newest";

/** What can change while the queue is open. */
export interface QueueLimits {
  /** Bound on what both streams hold together. */
  max: Amount;
  /** @default "block" */
  onFull?: FullPolicy;
  /** Size of the pieces in which events are stored: at best the size of a batch. */
  chunkLimits: BatchLimits;
  /** Bytes of the disk that stay free: the queue is full before the disk is. @default 5 % of the disk, at most 512 MB */
  minFreeDiskBytes?: number;
}

/** Options of {@linkcode Queue.open}. */
export interface QueueOptions extends QueueLimits {
  /** Path of the database. Its folder must exist. */
  path: string;
  /** @default "full" */
  durability?: Durability;
  /** Tables that live beside the queue's own, for {@linkcode QueueTransaction.database} and a group's `write`. @default none */
  parts?: readonly SchemaPart[];
  /** Bound on the dead letters kept. */
  maxDeadLetterBytes: number;
  /** Wall clock in milliseconds. */
  now: () => number;
  /** Told what a server said of single stateful events, inside the transaction that settles their batch. It must not throw. */
  onAnswered?: (answered: AnsweredEvents, transaction: OpenTransaction) => void;
  /** Called when the database turned out to be damaged while it was open, and is mended. */
  onMended?: (damage: FoundDamage) => void;
  /** Called when it is damaged and could not be mended. */
  onDamage?: (error: unknown) => void;
  /** Says how full the disk is. @default what the system says */
  readDisk?: (path: string) => DiskUsage;
  /** Makes batch ids. @default UUID v7 */
  newBatchId?: () => string;
}

/** What a caller of {@linkcode Queue.claim} decides; the queue adds id and time. */
export type ClaimOptions = Omit<ClaimRequest, "id" | "now_ms" | "stream">;

/** An open transaction of the queue's database. */
export interface QueueTransaction extends OpenTransaction {
  /** Numbers of the oldest event of a stream that is stored (one more than the newest when there is none), and of the newest ever stored. */
  queued(stream: Stream): { oldest: number; newest: number };
  /** Takes events back that no batch has claimed; what is gone is in the ledger. Returns their number. */
  withdraw(withdrawal: Withdrawal): number;
}
