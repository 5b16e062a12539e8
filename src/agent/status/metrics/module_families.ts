/**
 * Modules, and what is watched for progress, in metrics.
 *
 * @module
 */

import type { ModuleState } from "../../../shared/protocol/part_status.ts";
import type { StatusDocument } from "../../../shared/protocol/status_document.ts";
import { counter, type Family, gauge, oneOf, timestamp } from "./family.ts";

const STATES = [
  "disabled",
  "unavailable",
  "starting",
  "running",
  "scanning",
  "waiting",
  "paused",
  "degraded",
  "failed",
  "stopping",
  "stopped",
] as const satisfies readonly ModuleState[];

/** What is told of each module. */
export function moduleFamilies({ modules, collectors }: StatusDocument): Family[] {
  const of = <Value>(value: (module: typeof modules[number]) => Value) =>
    modules.map((module) => [value(module), { module: module.name }] as const);
  const collected = collectors.map(({ name, events }) => [events, { collector: name }] as const);
  const states = modules.flatMap(({ name: module, state: is }) =>
    oneOf("state", { names: STATES, is, labels: { module } })
  );
  const details = modules.flatMap(({ name: module, details }) =>
    Object.entries(details).map(([detail, value]) => [value, { module, detail }] as const)
  );
  return [
    counter("module_events", "Events of a module since the start", of(({ events }) => events)),
    counter("module_commits", "Commits of its events since the start", of(({ groups }) => groups)),
    counter("collected_events", "Events of an enabled module since the start", collected),
    gauge("module_enabled", "1 while the module is enabled", of(({ enabled }) => enabled)),
    gauge("module_state", "1 for the state that the module is in", states),
    gauge("module_problems", "What keeps it from some of its work, the first 20", [
      ...of(({ problems }) => problems.length),
    ]),
    gauge("module_detail", "Numbers of its own, as in the status document", details),
    timestamp("module_last_event", "When it stored an event last", of((one) => one.last_event_at)),
    timestamp("module_next_scan", "When it scans next", of((one) => one.next_scan_at)),
  ];
}

/** What is told of each part that is watched. */
export function watchFamilies({ watchdog }: StatusDocument): Family[] {
  const stalled = watchdog.map(({ part, stalled_since }) =>
    [stalled_since !== null, { part }] as const
  );
  const rebuilds = watchdog.map(({ part, rebuilds }) => [rebuilds, { part }] as const);
  return [
    gauge("part_stalled", "1 while a part makes no progress although it could", stalled),
    counter("part_rebuilds", "How often it was rebuilt for that, since the start", rebuilds),
  ];
}
