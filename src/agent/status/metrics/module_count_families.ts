/**
 * What happened to modules and to what they keep at the server, in metrics.
 *
 * @module
 */

import type {
  DurationFigures,
  ModuleStatus,
  StateStatus,
} from "../../../shared/protocol/part_status.ts";
import type { StatusDocument } from "../../../shared/protocol/status_document.ts";
import { counter, type Family, gauge, type MaybeSample, timestamp } from "./family.ts";

/** What happened to each module since the start, and to what it keeps at the server. */
export function moduleCountFamilies({ modules }: StatusDocument): Family[] {
  const of = (value: (module: ModuleStatus) => number) =>
    modules.map((module) => [value(module), { module: module.name }] as const);
  const errors = modules.flatMap(({ name: module, statistics }) =>
    Object.entries(statistics.errors).map(([kind, count]) => [count, { module, kind }] as const)
  );
  return [
    counter("module_starts", "Times that it was started", of((one) => one.statistics.runs)),
    counter("module_event_bytes", "Bytes of its events", of((one) => one.statistics.bytes)),
    gauge("module_cpu_seconds", "CPU time in the agent's process, as far as it is measured", [
      ...of(({ statistics }) => statistics.cpu_ms / 1_000),
    ]),
    gauge("module_child_cpu_seconds", "CPU time of processes that it started", [
      ...of(({ statistics }) => statistics.child_cpu_ms / 1_000),
    ]),
    gauge("module_child_peak_bytes", "Most memory that one of them used", [
      ...of(({ statistics }) => statistics.child_peak_bytes),
    ]),
    counter("module_errors", "Errors that ended it, or a scan that was asked for", errors),
    counter("module_asked_scans", "Scans asked for that ended well", [
      ...of(({ statistics }) => statistics.asked_scans.count),
    ]),
    gauge("module_asked_scan_seconds", "How long those took: last, mean and longest", [
      ...modules.flatMap(({ name: module, statistics }) =>
        secondsOf(statistics.asked_scans, { module })
      ),
    ]),
    ...collectorFamilies(modules),
  ];
}

function secondsOf(
  { last_ms, mean_ms, max_ms }: DurationFigures,
  labels: Record<string, string>,
): MaybeSample[] {
  const figures = { last: last_ms, mean: mean_ms, longest: max_ms };
  return Object.entries(figures).map(([of, ms]) =>
    [ms === null ? null : ms / 1_000, { ...labels, of }] as const
  );
}

function collectorFamilies(modules: readonly ModuleStatus[]): Family[] {
  const states = modules.flatMap(({ name: module, states = [] }) =>
    states.map((state) => ({ ...state, labels: { module, collector: state.collector } }))
  );
  const of = (value: (state: StateStatus) => number | null) =>
    states.map((state) => [value(state), state.labels] as const);
  const changes = states.flatMap(({ creates, updates, deletes, labels }) =>
    Object.entries({ create: creates, update: updates, delete: deletes })
      .map(([operation, count]) => [count, { ...labels, operation }] as const)
  );
  return [
    gauge("module_items", "Documents that there should be", of(({ items }) => items)),
    gauge("module_pending", "Documents still to be put into the queue", of((one) => one.pending)),
    gauge("module_refused", "Documents that the server refused", of(({ refused }) => refused)),
    counter("module_refusals", "Documents that were refused", of(({ refusals }) => refusals)),
    counter("module_window_waits", "Commits of which something waited for room in the stream", [
      ...of((one) => one.window_waits),
    ]),
    gauge("module_over_limit", "Things that the last scan left out", of((one) => one.over_limit)),
    counter("module_changes", "Documents created, updated, deleted", changes),
    counter("module_told_changes", "Events that told people of changes", of(({ told }) => told)),
    counter("module_scans", "Scans that came to their end", of(({ scans }) => scans.count)),
    counter(
      "module_incomplete_scans",
      "Those of them that saw only a part",
      of(({ scans }) => scans.incomplete),
    ),
    gauge("module_scan_seconds", "How long scans took: last, mean and longest", [
      ...states.flatMap(({ scans, labels }) => secondsOf(scans, labels)),
    ]),
    timestamp("module_last_scan", "When it ended", [
      ...states.map((one) => [one.last_scan_at, one.labels] as const),
    ]),
  ];
}
