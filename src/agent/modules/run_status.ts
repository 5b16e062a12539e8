/**
 * How one module stands, as its run sees it: state, reason, and what to do next.
 *
 * @module
 */

import { isoOrNull } from "../../shared/clock.ts";
import {
  MAX_PROBLEMS,
  type ModuleState,
  type ModuleStatus,
} from "../../shared/protocol/part_status.ts";
import type { Collector } from "./collector.ts";
import type { CountingSink } from "./counting_sink.ts";
import type { Module } from "./module.ts";
import type { ModuleCounts } from "./module_counts.ts";
import { type Asker, ASKERS } from "./asker.ts";

/** A module's status but for who says whether it is enabled, and for its documents. */
export type RunStatus = Omit<ModuleStatus, "enabled_by">;

/** What a status is made of. */
interface RunSigns {
  module: Module;
  enabled: boolean;
  state: ModuleState;
  sinceMs: number;
  collector: Collector | undefined;
  sink: CountingSink;
  counts: ModuleCounts;
  /** Why it failed last. */
  failure: string | undefined;
  /** What is to be done about that. */
  hint: string | undefined;
  pausedBy: Asker | undefined;
}

/** The status of a module that the signs tell of. */
export function runStatus(signs: RunSigns): RunStatus {
  const { module: { name }, enabled, state, sinceMs, collector, sink, counts, failure } = signs;
  const { details, lastError, nextScanAtMs, problems = [] } = collector?.report() ??
    { details: {} };
  return {
    name,
    enabled,
    state,
    since: isoOrNull(sinceMs),
    reason: reasonOf(signs),
    try: nextStep(name, signs),
    events: sink.events,
    groups: sink.groups,
    last_event_at: isoOrNull(sink.lastEventAtMs),
    last_error: (state === "failed" ? failure : lastError ?? failure) ?? null,
    scans: collector?.scan !== undefined,
    next_scan_at: isoOrNull(state === "paused" ? undefined : nextScanAtMs),
    details: problems.length === 0 ? details : { ...details, problems: problems.length },
    problems: problems.slice(0, MAX_PROBLEMS),
    statistics: {
      runs: counts.runs,
      bytes: sink.bytes,
      cpu_ms: counts.cpu.ms,
      child_cpu_ms: counts.childCpuMs,
      child_peak_bytes: counts.childPeakBytes,
      asked_scans: counts.scans.figures,
      errors: counts.errors,
    },
  };
}

function reasonOf({ state, module, failure, pausedBy }: RunSigns): string | null {
  if (state === "failed") return failure ?? null;
  if (state === "paused") return `paused by ${pausedBy && ASKERS[pausedBy]}`;
  if (state === "waiting") return "the queue has no room";
  if (state !== "unavailable") return null;
  return failure ?? `works on ${module.platforms?.join(" and ")} only`;
}

/** What whoever wants it to work does next; of a disabled one that depends on who disabled it. */
function nextStep(name: string, { state, hint }: RunSigns): string | null {
  switch (state) {
    case "failed":
      return "it starts again by itself; when it fails again, the log says more: agent logs";
    case "paused":
      return `agent modules resume ${name}`;
    case "waiting":
      return "agent status says why the queue does not empty";
    case "unavailable":
      return hint ?? `disable it: agent modules disable ${name}`;
    default:
      return null;
  }
}
