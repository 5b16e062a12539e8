/**
 * The queue and its streams in numbers, for the status document.
 *
 * @module
 */

import { isoOrNull } from "../../shared/clock.ts";
import type { DispatchStatus } from "../../shared/protocol/part_status.ts";
import type { StatusDocument, StreamReport } from "../../shared/protocol/status_document.ts";
import type { Account, Amount, Waiting } from "../../shared/protocol/stored_events.ts";
import { NO_PAST, type StreamPast } from "./stream_history.ts";
import type { Stream } from "../../shared/protocol/wire.ts";

/** What a status document needs of the queue. */
export interface QueueFigures {
  account(stream: Stream): Account;
  /** What no batch has claimed. */
  waiting(stream: Stream): Waiting;
  /** When the oldest event was stored, batched or not; `undefined` when there is none. */
  oldestMs(stream: Stream): number | undefined;
  readonly full: boolean;
  /** `low` while the disk, not the bounds, keeps events out. Numbers are infinite where the system does not tell. */
  readonly disk: { low: boolean; free_bytes: number; min_free_bytes: number; total_bytes: number };
  deadLetters(): Pick<Amount, "events">;
}

/** The bounds of the queue, as they are configured. */
export interface QueueBounds {
  max_events: number;
  max_bytes: number;
}

/** As nothing is sent while no agent runs. */
const NOTHING_SENT: DispatchStatus = {
  batches_in_flight: 0,
  in_flight_limit: 0,
  sent_events: 0,
  sent_batches: 0,
  retried_batches: 0,
  failure: undefined,
};

const NOTHING: Amount = { events: 0, bytes: 0 };

/** Stands for a queue that was never opened. */
export const EMPTY_QUEUE: QueueFigures = {
  account: () => ({
    taken: NOTHING,
    acknowledged: NOTHING,
    dead_lettered: NOTHING,
    dropped: NOTHING,
    queued: NOTHING,
  }),
  waiting: () => ({ ...NOTHING, oldest_ms: undefined }),
  oldestMs: () => undefined,
  full: false,
  disk: { low: false, free_bytes: Infinity, min_free_bytes: Infinity, total_bytes: Infinity },
  deadLetters: () => NOTHING,
};

/** One stream in numbers; `dispatcher` is left out when no agent runs. */
export function streamReport(
  queue: QueueFigures,
  stream: Stream,
  { nowMs, dispatcher = NOTHING_SENT, past = NO_PAST }: {
    nowMs: number;
    dispatcher?: DispatchStatus;
    past?: StreamPast;
  },
): StreamReport {
  const { taken, queued, acknowledged, dead_lettered, dropped } = queue.account(stream);
  const waiting = queue.waiting(stream);
  const oldestMs = queue.oldestMs(stream);
  return {
    queued_events: queued.events,
    queued_bytes: queued.bytes,
    pending_events: waiting.events,
    batched_events: queued.events - waiting.events,
    batches_in_flight: dispatcher.batches_in_flight,
    in_flight_limit: dispatcher.in_flight_limit,
    oldest_age_s: oldestMs === undefined ? null : Math.max(0, nowMs - oldestMs) / 1000,
    sent_events: dispatcher.sent_events,
    sent_batches: dispatcher.sent_batches,
    retried_batches: dispatcher.retried_batches,
    taken_events: taken.events,
    acknowledged_events: acknowledged.events,
    dead_lettered_events: dead_lettered.events,
    dropped_events: dropped.events,
    dropped_bytes: dropped.bytes,
    refused_since: isoOrNull(dispatcher.failure?.refused_since_ms),
    ...past,
  };
}

/** Both streams together; `since` when the queue is full and the disk low, wall clock. */
export function queueReport(
  queue: QueueFigures,
  { max_events, max_bytes }: QueueBounds,
  since: { fullMs?: number | undefined; diskLowMs?: number | undefined } = {},
): StatusDocument["queue"] {
  const { full, disk } = queue;
  return {
    full,
    full_since: isoOrNull(since.fullMs),
    disk_low: disk.low,
    disk_low_since: isoOrNull(since.diskLowMs),
    disk_free_bytes: finiteOrNull(disk.free_bytes),
    disk_min_free_bytes: finiteOrNull(disk.min_free_bytes),
    disk_total_bytes: finiteOrNull(disk.total_bytes),
    max_events,
    max_bytes,
    kept_dead_letters: queue.deadLetters().events,
    unreadable: null,
  };
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? Math.round(value) : null;
}
