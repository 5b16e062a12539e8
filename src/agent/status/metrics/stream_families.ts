/**
 * Streams and queue in metrics.
 *
 * @module
 */

import type { StatusDocument, StreamReport } from "../../../shared/protocol/status_document.ts";
import { counter, type Family, gauge, type MaybeSample, timestamp } from "./family.ts";

const COUNTERS = [
  ["taken_events", "Events taken in, ever"],
  ["acknowledged_events", "Events the server acknowledged, ever"],
  ["dead_lettered_events", "Events set aside because the server refused them, ever"],
  ["dropped_events", "Events dropped and recorded in the loss ledger, ever"],
  ["dropped_bytes", "Bytes dropped and recorded in the loss ledger, ever"],
  ["sent_events", "Events sent since the start, without repetitions"],
  ["sent_batches", "Batches sent since the start, without repetitions"],
  ["retried_batches", "Repeated tries since the start"],
] as const satisfies readonly (readonly [keyof StreamReport, string])[];

const GAUGES = [
  ["queued_events", "queued_events", "Events on disk"],
  ["queued_bytes", "queued_bytes", "Bytes on disk"],
  ["pending_events", "pending_events", "Events that no batch holds yet"],
  ["batched_events", "batched_events", "Events in batches that are not settled"],
  ["batches_in_flight", "batches_in_flight", "Batches under way"],
  ["in_flight_limit", "in_flight_limit", "Requests that may be under way at once now"],
  ["oldest_age_s", "oldest_event_age_seconds", "Age of the oldest queued event"],
  [
    "dead_lettered_in_row",
    "dead_lettered_in_row_events",
    "Events set aside since one was acknowledged last",
  ],
] as const satisfies readonly (readonly [keyof StreamReport, string, string])[];

const MOMENTS = [
  ["last_acknowledged_at", "last_acknowledged", "When events were acknowledged last"],
  ["last_dead_lettered_at", "last_dead_lettered", "When events were set aside last"],
  ["last_dropped_at", "last_dropped", "When events were dropped last"],
] as const satisfies readonly (readonly [keyof StreamReport, string, string])[];

/** What is told of each stream. */
export function streamFamilies({ streams }: StatusDocument): Family[] {
  const of = <Value>(value: (report: StreamReport) => Value) =>
    Object.entries(streams).map(([stream, report]) => [value(report), { stream }] as const);
  return [
    ...COUNTERS.map(([key, help]) => counter(key, help, of((report) => report[key]))),
    ...GAUGES.map(([key, name, help]) => gauge(name, help, of((report) => report[key]))),
    ...MOMENTS.map(([key, name, help]) => timestamp(name, help, of((report) => report[key]))),
    gauge(
      "events_refused",
      "1 while the server refuses every event",
      of(({ refused_since }) => refused_since !== null),
    ),
  ];
}

/** What is told of the queue and the disk under it. */
export function queueFamilies({ queue }: StatusDocument): Family[] {
  const one = (name: string, help: string, value: MaybeSample[0]) => gauge(name, help, [[value]]);
  return [
    one("queue_full", "1 while collectors wait for room", queue.full_since !== null),
    one("queue_max_events", "Most events that the queue takes", queue.max_events),
    one("queue_max_bytes", "Most bytes that the queue takes", queue.max_bytes),
    one("kept_dead_letter_events", "Refused events that are kept aside", queue.kept_dead_letters),
    one("disk_low", "1 while the disk, not the queue's bounds, keeps events out", queue.disk_low),
    one("disk_free_bytes", "Free on the disk of the data folder", queue.disk_free_bytes),
    one("disk_min_free_bytes", "What has to stay free there", queue.disk_min_free_bytes),
    one("disk_size_bytes", "Size of that disk", queue.disk_total_bytes),
  ];
}
