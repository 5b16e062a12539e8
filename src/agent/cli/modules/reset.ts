/**
 * `agent modules reset`: forgets what the server said of a module.
 *
 * @module
 */

import { AgentError } from "../../../shared/errors.ts";
import type { ModuleReset } from "../../../shared/protocol/local_api.ts";
import { loadConfig } from "../../config/load.ts";
import {
  readModuleOverrides,
  setAsideDamagedOverrides,
  writeModuleOverride,
} from "../../config/module_overrides.ts";
import { STORED } from "../../config/stored.ts";
import { ControlClient } from "../../control/control_client.ts";
import { endpointIn } from "../../control/endpoint.ts";
import { lockDataFolder } from "../../identity/data_folder_lock.ts";
import { MODULES } from "../../modules/modules.ts";
import { requireModule } from "../../modules/module_runner.ts";
import type { CliIo } from "../cli_io.ts";
import type { ModulesOptions } from "./options.ts";

/**
 * Has the running agent forget it, or forgets it while none runs, and prints what it was.
 *
 * @throws {AgentError} `usage` when there is no such module
 */
export async function resetModule(io: CliIo, name: string, options: ModulesOptions): Promise<void> {
  requireModule(name, MODULES);
  const { config } = await loadConfig({ file: options.config, env: io.env, ...STORED });
  const { data, run } = config.agent.path;
  const reset = await resetRunning(run, name) ?? resetStopped(data, name);
  io.stdout(options.json ? `${JSON.stringify({ schema: 1, ...reset })}\n` : textOf(reset));
}

async function resetRunning(runFolder: string, name: string): Promise<ModuleReset | undefined> {
  try {
    using client = ControlClient.to(endpointIn(runFolder));
    return await client.resetModule(name);
  } catch (error) {
    if (error instanceof AgentError && error.code === "not_running") return undefined;
    throw error;
  }
}

/** Under the lock: an agent that starts meanwhile would not notice. */
function resetStopped(dataFolder: string, name: string): ModuleReset {
  using _lock = lockDataFolder(dataFolder, { briefly: true });
  const set_aside_as = setAsideDamagedOverrides(dataFolder) ?? null;
  const removed = readModuleOverrides(dataFolder).get(name);
  if (removed === undefined) return { name, removed: null, set_aside_as, reload: null };
  writeModuleOverride(dataFolder, name, undefined);
  const { enabled, by, at } = removed;
  return { name, removed: { enabled, by, at }, set_aside_as, reload: null };
}

function textOf({ name, removed, set_aside_as, reload }: ModuleReset): string {
  if (set_aside_as !== null) {
    return `Forgotten: what the server said of all modules could not be read, and is now in ` +
      `${set_aside_as}\n`;
  }
  if (removed === null) return `The server has said nothing of ${name}\n`;
  const word = removed.enabled ? "enabled" : "disabled";
  const applied = reload === null
    ? "No agent runs: the next start takes what the configuration says"
    : `Applied: ${reload.applied.join(", ") || "nothing"}`;
  const by = removed.by === "server" ? "the server" : "a person";
  return `Forgotten: ${name} was ${word} by ${by} at ${removed.at}\n${applied}\n`;
}
