/**
 * The list of `agent modules`.
 *
 * @module
 */

import { AgentError } from "../../../shared/errors.ts";
import type { ModuleStatus } from "../../../shared/protocol/part_status.ts";
import { stoppedModules } from "../../app/stopped_modules.ts";
import { loadConfig, type LoadedConfig } from "../../config/load.ts";
import { STORED } from "../../config/stored.ts";
import { ControlClient } from "../../control/control_client.ts";
import { endpointIn } from "../../control/endpoint.ts";
import { visible } from "../../../shared/text.ts";
import type { CliIo } from "../cli_io.ts";
import { warningLine } from "../warning.ts";
import type { ModulesOptions } from "./options.ts";

/** Prints every module: as the running agent says, else as the configuration does. */
export async function listModules(
  io: CliIo,
  { config: file, json }: ModulesOptions,
): Promise<void> {
  const loaded = await loadConfig({ file, env: io.env, ...STORED });
  for (const warning of loaded.warnings) io.stderr(warningLine(warning));
  const running = await runningModules(loaded.config);
  if (running === undefined) await warnOfQueue(io, loaded.config);
  const modules = running ?? stoppedModules(loaded);
  const document = { schema: 1, running: running !== undefined, modules };
  io.stdout(json ? `${JSON.stringify(document)}\n` : modulesText(modules));
}

/** Loaded only when no agent runs, so that the list of a running one starts without SQLite. */
async function warnOfQueue(io: CliIo, config: LoadedConfig["config"]): Promise<void> {
  const { reasonNotToStart } = await import("../../app/queue_inspection.ts");
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

const HEADS = ["NAME", "ENABLED", "BY", "STATE", "SINCE", "EVENTS", "NEXT SCAN", "LAST ERROR"];

/** A table for a terminal. */
function modulesText(modules: readonly ModuleStatus[]): string {
  const rows = [HEADS, ...modules.map((module) => cellsOf(module).map(visible))];
  const widths = HEADS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: string[]) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd();
  return rows.map((row) => `${line(row)}\n`).join("");
}

function cellsOf(module: ModuleStatus): string[] {
  const { name, enabled, enabled_by, state, since, events, next_scan_at, last_error } = module;
  return [
    name,
    enabled ? "yes" : "no",
    enabled_by.at ?? enabled_by.source,
    state,
    secondsOf(since),
    String(events),
    secondsOf(next_scan_at),
    // What a disabled module suffered when it last ran is no news; why one is unavailable is.
    last_error ?? (state === "unavailable" ? module.reason : null) ?? "-",
  ];
}

function secondsOf(iso: string | null): string {
  return iso === null ? "-" : iso.replace(/\.\d+Z$/, "Z");
}
