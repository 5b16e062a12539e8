/**
 * `agent modules enable` and `agent modules disable`: one line of the configuration file.
 *
 * @module
 */

import { currentPlatform } from "../../../shared/config/platform.ts";
import { AgentError } from "../../../shared/errors.ts";
import type { ReloadReport } from "../../../shared/protocol/local_api.ts";
import type { EnabledBy } from "../../../shared/protocol/part_status.ts";
import { stoppedModules } from "../../app/stopped/stopped_modules.ts";
import { loadConfig, type LoadedConfig } from "../../config/load.ts";
import { listOptions } from "../../config/options.ts";
import { defaultPlaces } from "../../config/places.ts";
import { type FileChange, setOption } from "../../config/set_option.ts";
import { STORED } from "../../config/stored.ts";
import { ControlClient } from "../../control/control_client.ts";
import { endpointIn } from "../../control/endpoint.ts";
import { MODULES } from "../../modules/modules.ts";
import { requireModule } from "../../modules/module_runner.ts";
import type { CliIo } from "../cli_io.ts";
import { askRunningAgent } from "../running_agent.ts";
import type { ModulesOptions } from "./options.ts";
import { runningModules } from "./list.ts";

/** What is asked for. */
interface Wish {
  name: string;
  enabled: boolean;
}

/**
 * Writes what is wished into the configuration file, has the running agent read it, and prints what changed.
 *
 * @throws {AgentError} `usage` when there is no such module, `config_invalid` when the configuration is not valid or cannot be changed,
 *   `failed` when it cannot be put in force; the last two leave the file as it was, unless something stronger says otherwise
 */
export async function switchModule(io: CliIo, wish: Wish, options: ModulesOptions): Promise<void> {
  requireModule(wish.name, MODULES);
  const load = () => loadConfig({ file: options.config, env: io.env, ...STORED });
  const loaded = await load();
  const file = loaded.file ?? options.config ?? (io.env.AGENT_CONFIG || defaultFile());
  const setting = { path: `${wish.name}.enabled`, value: wish.enabled };
  const change = setOption(file, setting, {
    env: io.env,
    options: listOptions(currentPlatform()),
  });
  if (options.keep) await keepDocuments(loaded, change, wish.name);
  const reload = await putInForce(loaded, change, setting.path);
  print(io, { wish, file, change, reload }, options);
  requireInForce(wish, await effective(wish.name, reload, load));
}

function defaultFile(): string {
  return defaultPlaces(currentPlatform()).configFile;
}

/** Only an agent that runs knows what was told; when it cannot be asked the file is as it was. */
async function keepDocuments(
  { config }: LoadedConfig,
  change: FileChange,
  name: string,
): Promise<void> {
  try {
    await askRunningAgent(config, (client) => client.moduleDocuments(name, "keep"));
  } catch (error) {
    if (change.lines !== undefined) change.undo();
    throw error;
  }
}

/** What the running agent did with it; `undefined` when none runs. */
async function putInForce(
  { config }: LoadedConfig,
  change: FileChange,
  option: string,
): Promise<ReloadReport | undefined> {
  try {
    using client = ControlClient.to(endpointIn(config.agent.path.run));
    const report = await client.reload();
    const failure = report.failed.find((failed) => failed.option === option);
    if (failure === undefined) return report;
    throw new AgentError("failed", `Cannot change ${option}: ${failure.reason}`, {
      hint: "mend that and try again; the file is as it was",
    });
  } catch (error) {
    if (error instanceof AgentError && error.code === "not_running") return undefined;
    if (change.lines !== undefined) change.undo();
    throw error;
  }
}

interface Outcome {
  wish: Wish;
  file: string;
  change: FileChange;
  reload: ReloadReport | undefined;
}

function print(io: CliIo, outcome: Outcome, { json }: ModulesOptions): void {
  const { wish: { name, enabled }, file, change: { lines }, reload } = outcome;
  if (json) {
    const document = { schema: 1, name, enabled, file, change: lines ?? null };
    io.stdout(`${JSON.stringify({ ...document, reload: reload ?? null })}\n`);
    return;
  }
  io.stdout(lines === undefined ? `${file} says so already\n` : `${file}:${lines.line}\n`);
  for (const line of lines?.removed ?? []) io.stdout(`- ${line}\n`);
  for (const line of lines?.added ?? []) io.stdout(`+ ${line}\n`);
  if (reload === undefined) io.stdout("No agent runs: the next start reads it\n");
  else io.stdout(`Applied: ${reload.applied.join(", ") || "nothing"}\n`);
}

/** What holds now, and who says so. */
async function effective(
  name: string,
  reload: ReloadReport | undefined,
  load: () => Promise<LoadedConfig>,
): Promise<{ enabled: boolean; by: EnabledBy } | undefined> {
  const loaded = await load();
  const modules = reload === undefined
    ? stoppedModules(loaded)
    : await runningModules(loaded.config) ?? [];
  const module = modules.find((candidate) => candidate.name === name);
  return module && { enabled: module.enabled, by: module.enabled_by };
}

function requireInForce(
  { name, enabled }: Wish,
  now: { enabled: boolean; by: EnabledBy } | undefined,
): void {
  if (now === undefined || now.enabled === enabled) return;
  const state = now.enabled ? "enabled" : "disabled";
  const by = now.by.at ?? "the default";
  throw new AgentError("failed", `Module "${name}" stays ${state}: ${by} is stronger`, {
    hint: now.by.source === "command"
      ? `agent modules reset ${name}`
      : "see where each value comes from: agent config show",
  });
}
