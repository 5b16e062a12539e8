/**
 * The list of `agent modules`.
 *
 * @module
 */

import { AgentError } from "../../../shared/errors.ts";
import type { ModuleStatus } from "../../../shared/protocol/part_status.ts";
import { stoppedModules } from "../../app/stopped/stopped_modules.ts";
import { loadConfig, type LoadedConfig } from "../../config/load.ts";
import { STORED } from "../../config/stored.ts";
import { ControlClient } from "../../control/control_client.ts";
import { endpointIn } from "../../control/endpoint.ts";
import type { Clock } from "../../../shared/clock.ts";
import type { CliIo } from "../cli_io.ts";
import type { CommandIo } from "../command_io.ts";
import { DEFAULT_INTERVAL_MS } from "../status/interval.ts";
import { tableText } from "../table.ts";
import { warningLine } from "../warning.ts";
import type { ModulesOptions } from "./options.ts";

/** Prints every module: as the running agent says, else as the configuration does. */
export async function listModules(
  io: CliIo,
  { config: file, json }: ModulesOptions,
): Promise<void> {
  const loaded = await loadForList(io, file);
  const { running, modules } = await modulesNow(loaded);
  if (!running) await warnOfQueue(io, loaded.config);
  const document = { schema: 1, running, modules };
  io.stdout(json ? `${JSON.stringify(document)}\n` : modulesText(modules));
}

/** Shows them again and again until the command is told to stop. */
export async function watchModules(
  io: CommandIo,
  { config: file, json, interval = DEFAULT_INTERVAL_MS }: ModulesOptions,
  clock: Clock,
): Promise<void> {
  const loaded = await loadForList(io, file);
  const picture = async () => {
    const { running, modules } = await modulesNow(loaded);
    return json ? `${JSON.stringify({ schema: 1, running, modules })}\n` : modulesText(modules);
  };
  const { watch } = await import("../status/watch.ts");
  await watch(io, { intervalMs: interval, clock, picture, line: picture });
}

/** The modules, and whether an agent runs that says so. */
export async function modulesNow(
  loaded: LoadedConfig,
): Promise<{ running: boolean; modules: ModuleStatus[] }> {
  const modules = await runningModules(loaded.config);
  return { running: modules !== undefined, modules: modules ?? stoppedModules(loaded) };
}

/** The configuration, with its warnings told. */
export async function loadForList(io: CliIo, file: string | undefined): Promise<LoadedConfig> {
  const loaded = await loadConfig({ file, env: io.env, ...STORED });
  for (const warning of loaded.warnings) io.stderr(warningLine(warning));
  return loaded;
}

/** Loaded only when no agent runs, so that the list of a running one starts without SQLite. */
async function warnOfQueue(io: CliIo, config: LoadedConfig["config"]): Promise<void> {
  const { reasonNotToStart } = await import("../../app/queue/queue_inspection.ts");
  const reason = reasonNotToStart(config);
  if (reason !== undefined) io.stderr(warningLine(`the agent would not start: ${reason}`));
}

/** How the modules of the running agent stand; `undefined` when none runs. */
export async function runningModules(
  { agent }: LoadedConfig["config"],
): Promise<ModuleStatus[] | undefined> {
  try {
    using client = ControlClient.to(endpointIn(agent.path.run));
    return (await client.status()).modules;
  } catch (error) {
    if (error instanceof AgentError && error.code === "not_running") return undefined;
    throw error;
  }
}

const HEADS = [
  "NAME",
  "ENABLED",
  "BY",
  "STATE",
  "SINCE",
  "ITEMS",
  "EVENTS",
  "LAST SCAN",
  "NEXT SCAN",
  "ERRORS",
  "REASON",
];

/** A table for a terminal. */
function modulesText(modules: readonly ModuleStatus[]): string {
  return tableText([HEADS, ...modules.map(cellsOf)]);
}

function cellsOf(module: ModuleStatus): string[] {
  const { name, enabled, enabled_by, state, since, events, next_scan_at, statistics } = module;
  const { states = [] } = module;
  const lastScans = states.flatMap(({ last_scan_at: at }) => at === null ? [] : [at]);
  return [
    name,
    enabled ? "yes" : "no",
    enabled_by.at ?? enabled_by.source,
    state,
    secondsOf(since),
    module.states === undefined ? "-" : String(states.reduce((sum, { items }) => sum + items, 0)),
    String(events),
    secondsOf(lastScans.sort().at(-1) ?? null),
    secondsOf(next_scan_at),
    String(Object.values(statistics.errors).reduce((sum, errors) => sum + errors, 0)),
    // What a disabled module suffered when it last ran is no news; why it does not work is.
    (state === "disabled" ? null : module.reason) ?? module.last_error ?? "-",
  ];
}

function secondsOf(iso: string | null): string {
  return iso === null ? "-" : iso.replace(/\.\d+Z$/, "Z");
}
