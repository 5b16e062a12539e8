/**
 * The queue and its streams in numbers, for the status document.
 *
 * @module
 */

import type { DispatchStatus } from "../../shared/protocol/part_status.ts";
import type { StatusDocument, StreamReport } from "../../shared/protocol/status_document.ts";
import type { Account, Amount, Waiting } from "../../shared/protocol/stored_events.ts";
import type { Stream } from "../../shared/protocol/wire.ts";

/** What a status document needs of the queue. */
export interface QueueFigures {
  account(stream: Stream): Account;
  /** What no batch has claimed. */
  waiting(stream: Stream): Waiting;
  /** When the oldest event was stored, batched or not; `undefined` when there is none. */
  oldestMs(stream: Stream): number | undefined;
  readonly full: boolean;
  /** `low` while the disk, not the bounds, keeps events out. */
  readonly disk: { low: boolean };
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
  disk: { low: false },
  deadLetters: () => NOTHING,
};

/** One stream in numbers; `dispatcher` is left out when no agent runs. */
export function streamReport(
  queue: QueueFigures,
  stream: Stream,
  { nowMs, dispatcher = NOTHING_SENT }: { nowMs: number; dispatcher?: DispatchStatus },
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
  };
}

/** Both streams together. */
export function queueReport(
  queue: QueueFigures,
  { max_events, max_bytes }: QueueBounds,
): StatusDocument["queue"] {
  const { full, disk: { low: disk_low } } = queue;
  const kept_dead_letters = queue.deadLetters().events;
  return { full, disk_low, max_events, max_bytes, kept_dead_letters };
}
