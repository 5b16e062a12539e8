/**
 * Orders of a person: asks the running agent, and waits for how it ends; without one changes what the next start starts.
 *
 * @module
 */

import { resolve } from "node:path";
import { AgentError } from "../../../shared/errors.ts";
import type { UpgradeReply } from "../../../shared/protocol/local_api.ts";
import type { UpgradeResult } from "../../../shared/protocol/status_document.ts";
import { awaitTrial, watchUpgrades } from "../../app/await_trial.ts";
import { goBackStopped, upgradeStopped } from "../../app/stopped_upgrade.ts";
import { loadConfig } from "../../config/load.ts";
import type { AgentConfig } from "../../config/schema.ts";
import type { ControlClient } from "../../control/control_client.ts";
import type { CliIo } from "../cli_io.ts";
import { askRunningAgent } from "../running_agent.ts";

/** What is written behind the command. */
interface OrderOptions {
  config?: string | undefined;
  json?: true | undefined;
}

/** `agent upgrade [VERSION]`. */
export async function upgrade(
  io: CliIo,
  version: string | undefined,
  { file: manifest, force, dryRun, ...options }: OrderOptions & {
    file?: string | undefined;
    force?: true | undefined;
    dryRun?: true | undefined;
  },
): Promise<void> {
  const file = manifest === undefined ? undefined : resolve(manifest);
  const request = { version, file, force, dry_run: dryRun };
  await order(io, options, {
    running: (client) => client.upgrade(request, io.signal),
    stopped: (config) => upgradeStopped(config, { request, env: io.env, signal: io.signal }),
  });
}

/** `agent upgrade rollback [VERSION]`. */
export async function goBack(
  io: CliIo,
  version: string | undefined,
  options: OrderOptions,
): Promise<void> {
  await order(io, options, {
    running: (client) => client.goBack(version, io.signal),
    stopped: (config) => goBackStopped(config, { version, env: io.env, signal: io.signal }),
  });
}

async function order(
  io: CliIo,
  { config: configFile, json }: OrderOptions,
  { running, stopped }: {
    running: (client: ControlClient) => Promise<UpgradeReply>;
    stopped: (config: AgentConfig) => Promise<UpgradeResult>;
  },
): Promise<void> {
  const { config } = await loadConfig({ file: configFile, env: io.env });
  const changes = watchUpgrades(config);
  const reply = await askRunningAgent(config, running).catch((error) => {
    if (!(error instanceof AgentError) || error.code !== "not_running") throw error;
    // It may have made room before its answer had left.
    return changes.begun() ? { outcome: null, on_trial: changes.to() } : undefined;
  });
  const result = reply === undefined
    ? await stopped(config)
    : reply.outcome ?? await trial(io, config, { version: reply.on_trial, json });
  io.stdout(json ? `${JSON.stringify({ schema: 1, ...result })}\n` : `${firstUpper(result)}\n`);
  if (result.code === 0) return;
  throw new AgentError("failed", `${result.reason}: ${result.message}`, {
    hint: "agent upgrade status shows where the agent stands, agent logs what it said",
  });
}

async function trial(
  io: CliIo,
  config: AgentConfig,
  { version, json }: { version: string | null; json: true | undefined },
): Promise<UpgradeResult> {
  if (!json) io.stderr(`Version ${version} is on trial …\n`);
  return await awaitTrial(config, io.signal);
}

function firstUpper({ code, message, reason }: UpgradeResult): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return code === 0 ? text : `Not upgraded (${reason}): ${message}`;
}
