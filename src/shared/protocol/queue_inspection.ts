/**
 * What people are shown of a queue that they look into: events, statistics, dead letters, losses, defects.
 *
 * @module
 */

import type { Account, Amount, EventRange } from "./stored_events.ts";
import type { Stream } from "./wire.ts";

/** An event as it lies in the queue, in the two lines in which it is sent. */
export interface QueuedEvent {
  stream: Stream;
  /** Its number within the stream; within a dead letter, its place from 1 on. */
  event: number;
  /** When it was stored, wall clock. */
  stored_ms: number;
  /** JSON text. */
  header: string;
  /** JSON text; `null` for an event that is its header alone. */
  data: string | null;
  /** False when it is known that the disk changed something near it: its lines may be anything then. */
  is_intact: boolean;
}

/** Which events are asked for. */
export interface EventQuery {
  /** @default both, one after the other */
  stream?: Stream | undefined;
  /** Only events with a higher number. */
  after?: number | undefined;
  /** Only events stored at this moment or later, wall clock. */
  sinceMs?: number | undefined;
  /** Only events of this module. */
  module?: string | undefined;
}

/** A batch that is not settled. */
interface OpenBatch extends EventRange, Amount {
  id: string;
  encoding: string;
  created_ms: number;
}

/** Events of one module and collector. */
export interface SourceShare {
  module: string;
  collector: string | null;
  events: number;
}

/** What one stream holds. */
export interface StreamStatistics {
  account: Account;
  /** Number of the newest event that ever was. */
  newest_event: number;
  oldest_ms: number | null;
  newest_ms: number | null;
  batches: OpenBatch[];
  sources: SourceShare[];
  /** True when {@linkcode StreamStatistics.sources} is an estimate by some of the events. */
  sampled: boolean;
}

/** What a queue holds, and the file that it is in. */
export interface QueueStatistics {
  streams: Record<Stream, StreamStatistics>;
  database: { bytes: number; log_bytes: number; free_bytes: number };
  dead_letters: Amount & { letters: number };
  losses: Amount & { entries: number };
}

/** A dead letter without its events. */
export interface LetterSummary extends Amount {
  id: number;
  batch_id: string;
  stream: Stream;
  /** HTTP status, or the status of the event within the answer. */
  status: number;
  reason: string;
  at_ms: number;
}

/** Which dead letters are meant: these, those whose reason contains a text, or every one. */
export type LetterSelection =
  | { ids: number[] }
  | { reason: string }
  | { all: true };

/** Which events are given up: those of a stream that were stored before a moment, wall clock. */
export interface PurgeOrder {
  stream: Stream;
  before_ms: number;
}

/** What a purge removed. */
export interface PurgeReport {
  events: number;
}

/** What can be done with dead letters: send them again, or give them up. */
export type LetterOrder = "retry" | "drop";

/** What became of dead letters. */
export interface LetterChange extends Amount {
  letters: number;
  /** Stateful events of them that were not sent again, since the server was told something newer; in {@linkcode Amount.events} too. */
  outdated_events: number;
  /** Letters that stayed where they are because they cannot be sent as they are. */
  skipped: { id: number; problem: string }[];
}

/** A row of the loss ledger. */
export interface LedgerRow extends Amount {
  id: number;
  first_at_ms: number;
  last_at_ms: number;
  stream: Stream;
  reason: string;
  detail: string;
  /** Whether the server was told: not yet, the notice is queued, it has it. */
  notice: "open" | "queued" | "delivered";
}

/** Something in a queue's database that cannot be right. */
export interface QueueDefect {
  /** Such as `stateless events 1 to 1000` or `account stateful`. */
  where: string;
  /** What is wrong there. */
  problem: string;
}

/** What a look at a whole queue found. */
export interface VerifyReport {
  checked: Amount & { chunks: number; batches: number; checkpoints: number; letters: number };
  /** The first of them. */
  defects: QueueDefect[];
  /** How many there are in all. */
  defect_count: number;
}
