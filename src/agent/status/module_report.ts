/**
 * The modules' share of the status document.
 *
 * @module
 */

import type {
  CollectorStatus,
  EnabledBy,
  ModuleStatus,
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
  const reason = rest.state === "disabled" ? disabledReason(enabledBy) : rest.reason;
  return { name, enabled, enabled_by: enabledBy, ...rest, reason };
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
  events: 0,
  groups: 0,
  last_event_at: null,
  last_error: null,
  scans: false,
  next_scan_at: null,
  details: {},
} as const;

function disabledReason({ source, at }: EnabledBy): string {
  return source === "default" ? "not enabled by default" : `disabled by ${at}`;
}
