/**
 * `agent modules show NAME`: all that is known of one module.
 *
 * @module
 */

import type { ModuleStatus, StateStatus } from "../../../shared/protocol/part_status.ts";
import { MODULES } from "../../modules/modules.ts";
import { requireModule } from "../../modules/module_runner.ts";
import type { CliIo } from "../cli_io.ts";
import { tableText } from "../table.ts";
import { loadForList, modulesNow } from "./list.ts";
import type { ModulesOptions } from "./options.ts";

/**
 * Prints it.
 *
 * @throws {AgentError} `usage` when there is no such module
 */
export async function showModule(
  io: CliIo,
  name: string,
  { config: file, json }: ModulesOptions,
): Promise<void> {
  const { about } = requireModule(name, MODULES);
  const { running, modules } = await modulesNow(await loadForList(io, file));
  const module = modules.find((one) => one.name === name) as ModuleStatus;
  io.stdout(json ? `${JSON.stringify({ schema: 1, running, module })}\n` : textOf(module, about));
}

function textOf(module: ModuleStatus, about: string): string {
  const { enabled_by: by, statistics, states = [] } = module;
  const rows = [
    [module.name, about],
    ["state", `${module.state}${module.since === null ? "" : ` since ${module.since}`}`],
    ...optional("reason", module.reason),
    ...optional("try", module.try),
    ["enabled", `${module.enabled ? "yes" : "no"}, by ${by.at ?? by.source}${termOf(by.until)}`],
    ["events", `${module.events}, last ${module.last_event_at ?? "never"}`],
    ["starts", String(statistics.runs)],
    ["asked scans", scansText(statistics.asked_scans)],
    ["processor", `${statistics.cpu_ms} ms in the agent, ${statistics.child_cpu_ms} ms in others`],
    ...everRows(module.ever),
    ...optional("next scan", module.next_scan_at),
    ...optional("last error", module.last_error),
    ...Object.entries(statistics.errors).map(([kind, count]) => [`errors: ${kind}`, `${count}`]),
    ...Object.entries(module.details).map(([detail, value]) => [detail, String(value)]),
    ...module.problems.flatMap(({ message, hint }) => [["problem", message], ["  try", hint]]),
  ];
  return tableText(rows) + (states.length === 0 ? "" : `\n${statesText(states)}`);
}

/** What happened before this start, too. */
function everRows(ever: ModuleStatus["ever"]): string[][] {
  if (ever === undefined) return [];
  const counted = Object.entries(ever.figures).filter(([, value]) => value !== 0)
    .map(([name, value]) => `${name} ${value}`);
  return [["ever", `since ${ever.since}: ${counted.join(", ") || "nothing"}`]];
}

function termOf(until: string | undefined): string {
  return until === undefined ? "" : `, until ${until}`;
}

function optional(name: string, value: string | null): string[][] {
  return value === null ? [] : [[name, value]];
}

function scansText({ count, last_ms, mean_ms, max_ms }: {
  count: number;
  last_ms: number | null;
  mean_ms: number | null;
  max_ms: number | null;
}): string {
  return count === 0 ? "0" : `${count}; last ${last_ms} ms, mean ${mean_ms} ms, most ${max_ms} ms`;
}

function statesText(states: readonly StateStatus[]): string {
  const heads = ["COLLECTOR", "ITEMS", "SCANS", "LAST SCAN", "NEXT SCAN", "REFUSED", "REASON"];
  return tableText([
    heads,
    ...states.map((state) => [
      state.collector,
      String(state.items),
      scansText(state.scans),
      state.last_scan_at ?? "-",
      state.next_scan_at ?? "-",
      String(state.refused),
      state.pause_reason ?? state.last_scan_reason ?? state.last_refusal ?? "-",
    ]),
  ]);
}
