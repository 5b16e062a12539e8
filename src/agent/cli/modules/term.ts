/**
 * `agent modules enable|disable NAME --for 2h`: a word that ends by itself, kept beside the configuration file.
 *
 * @module
 */

import { InvalidArgumentError } from "@commander-js/extra-typings";
import { placeText } from "../../../shared/config/given.ts";
import { parseDuration } from "../../../shared/config/units.ts";
import { AgentError } from "../../../shared/errors.ts";
import { MAX_TERM_MS, type ModuleTerm } from "../../../shared/protocol/local_api.ts";
import { loadConfig, type LoadedConfig } from "../../config/load.ts";
import { setAsideDamagedOverrides, writeModuleOverride } from "../../config/module_overrides.ts";
import { STORED } from "../../config/stored.ts";
import { ControlClient } from "../../control/control_client.ts";
import { endpointIn } from "../../control/endpoint.ts";
import { lockDataFolder } from "../../identity/data_folder_lock.ts";
import type { CliIo } from "../cli_io.ts";
import type { ModulesOptions } from "./options.ts";

/** What is asked for. */
interface TermWish {
  name: string;
  enabled: boolean;
  forMs: number;
}

/** The value of `--for`, in milliseconds. */
export function parseTerm(text: string): number {
  const forMs = parseDuration(text) ?? NaN;
  if (forMs >= 1_000 && forMs <= MAX_TERM_MS) return forMs;
  throw new InvalidArgumentError("Expected a duration from 1s to 365d, such as 2h.");
}

/**
 * Has the running agent enable or disable a module for a while, or has the next start do it, and prints until when.
 *
 * @throws {AgentError} `usage` when there is no such module, `failed` when it cannot be; then nothing has changed
 */
export async function switchForAWhile(
  io: CliIo,
  wish: TermWish,
  options: ModulesOptions,
): Promise<void> {
  if (options.keep) {
    throw new AgentError("usage", "--keep and --for do not go together", {
      hint: `agent modules pause ${wish.name} lets it rest and leaves everything as it is`,
    });
  }
  const loaded = await loadConfig({ file: options.config, env: io.env, ...STORED });
  const term = await askRunning(loaded.config.agent.path.run, wish) ?? keepForStart(loaded, wish);
  io.stdout(options.json ? `${JSON.stringify({ schema: 1, ...term })}\n` : textOf(term));
}

async function askRunning(
  runFolder: string,
  { name, enabled, forMs }: TermWish,
): Promise<ModuleTerm | undefined> {
  try {
    using client = ControlClient.to(endpointIn(runFolder));
    return await client.switchModuleFor(name, enabled, forMs);
  } catch (error) {
    if (error instanceof AgentError && error.code === "not_running") return undefined;
    throw error;
  }
}

/** Under the lock: an agent that starts meanwhile would not notice. */
function keepForStart(
  { config, places }: LoadedConfig,
  { name, enabled, forMs }: TermWish,
): ModuleTerm {
  const path = `${name}.enabled`;
  const place = places.get(path);
  if (place?.source === "environment") {
    throw new AgentError("failed", `${path} is set by ${placeText(place)}, which is stronger`, {
      hint: "change it where the agent is started",
    });
  }
  const { data } = config.agent.path;
  using _lock = lockDataFolder(data, { briefly: true });
  const nowMs = Date.now();
  const until = new Date(nowMs + forMs).toISOString();
  setAsideDamagedOverrides(data);
  writeModuleOverride(data, name, {
    enabled,
    by: "person",
    at: new Date(nowMs).toISOString(),
    until,
  });
  return { name, enabled, until, reload: null };
}

function textOf({ name, enabled, until, reload }: ModuleTerm): string {
  const applied = reload === null
    ? "No agent runs: the next start takes it"
    : `Applied: ${reload.applied.join(", ") || "nothing"}`;
  const state = enabled ? "enabled" : "disabled";
  return `${name} is ${state} until ${until}; before that: agent modules reset ${name}\n${applied}\n`;
}
