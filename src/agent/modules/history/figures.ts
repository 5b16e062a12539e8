/**
 * The figures of a module that are counted over all starts of the agent.
 *
 * @module
 */

import type { ModuleStatus, StateStatus } from "../../../shared/protocol/part_status.ts";

/** Numbers by name. */
export type Figures = Readonly<Record<string, number>>;

/** Of these the greatest counts, not the sum. */
const PEAKS: ReadonlySet<string> = new Set(["child_peak_bytes", "longest_scan_ms"]);

/** What happened to a module since the agent started. */
export function moduleFigures({ events, statistics }: ModuleStatus): Figures {
  const errors = Object.entries(statistics.errors).map((
    [kind, count],
  ) => [`errors_${kind}`, count]);
  return {
    runs: statistics.runs,
    events,
    bytes: statistics.bytes,
    cpu_ms: statistics.cpu_ms,
    child_cpu_ms: statistics.child_cpu_ms,
    child_peak_bytes: statistics.child_peak_bytes,
    asked_scans: statistics.asked_scans.count,
    ...Object.fromEntries(errors),
  };
}

/** What happened to a collector since the agent started. */
export function collectorFigures(state: StateStatus): Figures {
  const { creates, updates, deletes, told, refusals, window_waits, scans } = state;
  return {
    creates,
    updates,
    deletes,
    told,
    refusals,
    window_waits,
    scans: scans.count,
    incomplete_scans: scans.incomplete,
    scan_ms: scans.count * (scans.mean_ms ?? 0),
    longest_scan_ms: scans.max_ms ?? 0,
  };
}

/** What there was before and what has happened since, together. */
export function together(before: Figures, since: Figures): Figures {
  const names = new Set([...Object.keys(before), ...Object.keys(since)]);
  return Object.fromEntries([...names].map((name) => {
    const [one, other] = [before[name] ?? 0, since[name] ?? 0];
    return [name, PEAKS.has(name) ? Math.max(one, other) : one + other];
  }));
}
