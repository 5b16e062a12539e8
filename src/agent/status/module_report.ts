/**
 * The modules' share of the status document.
 *
 * @module
 */

import type {
  CollectorStatus,
  EnabledBy,
  ModuleProblem,
  ModuleStatus,
  StateStatus,
} from "../../shared/protocol/part_status.ts";

/** The modules, and those that are enabled also under the name that they had before. */
export function moduleReports(
  modules: ModuleStatus[],
): { modules: ModuleStatus[]; collectors: CollectorStatus[] } {
  const collectors = modules.filter(({ enabled }) => enabled).flatMap((module) => {
    const { name, state, since, events, groups, last_event_at, last_error, details } = module;
    if (since === null) return [];
    return [{ name, state, since, events, groups, last_event_at, last_error, details }];
  });
  return { modules, collectors };
}

/** `status` with who says whether the module is enabled. */
export function withEnabledBy(
  status: Omit<ModuleStatus, "enabled_by">,
  enabledBy: EnabledBy,
): ModuleStatus {
  const { name, enabled, ...rest } = status;
  const why = rest.state === "disabled"
    ? { reason: disabledReason(enabledBy), try: howToEnable(name, enabledBy) }
    : {};
  return { name, enabled, enabled_by: enabledBy, ...rest, ...why };
}

function howToEnable(name: string, { source }: EnabledBy): string {
  if (source === "command") return `agent modules reset ${name}`;
  const isStronger = source === "environment" || source === "flag";
  return isStronger ? "change it where the agent is started" : `agent modules enable ${name}`;
}

/** `status` with the documents that the module keeps: what became of them are events too. */
export function withStates(
  status: ModuleStatus,
  kept: StateStatus[] | undefined,
): ModuleStatus {
  if (kept === undefined) return status;
  const states = isAtRest(status) ? kept.map((one) => ({ ...one, next_scan_at: null })) : kept;
  const told = states.map((one) => one.creates + one.updates + one.deletes + one.told);
  const events = told.reduce((sum, count) => sum + count, status.events);
  const isScanning = status.state === "running" && states.some(({ scanning }) => scanning);
  const planned = states.flatMap(({ next_scan_at: at }) => at === null ? [] : [at]);
  const next_scan_at = status.next_scan_at ?? planned.sort()[0] ?? null;
  return { ...status, events, next_scan_at, states, ...(isScanning && { state: "scanning" }) };
}

/** What it had planned does not happen. */
function isAtRest({ enabled, state }: ModuleStatus): boolean {
  return !enabled || state === "paused";
}

/** `status` with further problems; a module at work that has one is degraded, with the reason and what to do. */
export function withProblems(
  status: ModuleStatus,
  { further, isMinded }: {
    further: readonly ModuleProblem[];
    isMinded: (problem: ModuleProblem) => boolean;
  },
): ModuleStatus {
  const problems = [...further, ...status.problems];
  const known = { ...status, problems };
  if (status.state !== "running") return known;
  const first = problems.find(isMinded);
  if (first !== undefined) {
    const { message, since, hint } = first;
    return { ...known, state: "degraded", reason: message, since, try: hint };
  }
  const why = shortOf(status);
  return why === undefined ? known : { ...known, state: "degraded", ...why };
}

/** What its documents lack. */
function shortOf(
  { name, states = [] }: ModuleStatus,
): Pick<ModuleStatus, "reason" | "try"> | undefined {
  for (const { collector, pause_reason, paused_until, ...state } of states) {
    if (pause_reason !== null) {
      const reason = `the server does not take ${name}/${collector}: ${pause_reason}`;
      return { reason, try: `look at the server: it is asked again at ${paused_until}` };
    }
    if (state.last_scan_complete === false) {
      const reason = `${name}/${collector} was seen in part: ${state.last_scan_reason}`;
      return { reason, try: `mend that, then: agent modules scan ${name}` };
    }
  }
  return undefined;
}

/** A module while no agent runs, out of its section. */
export function stoppedModule(
  { name, enabled, enabledBy }: { name: string; enabled: boolean; enabledBy: EnabledBy },
): ModuleStatus {
  const state = enabled ? "stopped" : "disabled";
  return withEnabledBy({ name, enabled, state, ...IDLE, problems: [] }, enabledBy);
}

const IDLE = {
  since: null,
  reason: null,
  try: null,
  events: 0,
  groups: 0,
  last_event_at: null,
  last_error: null,
  scans: false,
  next_scan_at: null,
  details: {},
  statistics: {
    runs: 0,
    bytes: 0,
    cpu_ms: 0,
    child_cpu_ms: 0,
    child_peak_bytes: 0,
    asked_scans: { count: 0, last_ms: null, mean_ms: null, max_ms: null },
    errors: {},
  },
} as const;

function disabledReason({ source, at, until }: EnabledBy): string {
  if (source === "default") return "not enabled by default";
  return until === undefined ? `disabled by ${at}` : `disabled by ${at}, until ${until}`;
}
