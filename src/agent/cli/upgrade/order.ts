/**
 * Orders of a person: asks the running agent, and waits for how it ends; without one changes what the next start starts.
 *
 * @module
 */

import { resolve } from "node:path";
import { systemClock } from "../../../shared/clock.ts";
import { AgentError } from "../../../shared/errors.ts";
import type { UpgradeReply } from "../../../shared/protocol/local_api.ts";
import type { UpgradeResult } from "../../../shared/protocol/status_document.ts";
import { awaitTrial, watchUpgrades } from "../../app/upgrades/await_trial.ts";
import { goBackStopped, upgradeStopped } from "../../app/upgrades/stopped_upgrade.ts";
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
  const result = await isRunning(config, io.signal)
    ? await orderRunning(io, config, { order: running, json })
    : await stopped(config);
  io.stdout(json ? `${JSON.stringify({ schema: 1, ...result })}\n` : `${firstUpper(result)}\n`);
  if (result.code === 0) return;
  throw new AgentError("failed", `${result.reason}: ${result.message}`, {
    hint: "agent upgrade status shows where the agent stands, agent logs what it said",
  });
}

/** A service manager may be starting it again: then it has to be asked, and not passed over. */
const STARTS_WITHIN_MS = 4_000;
const LOOK_INTERVAL_MS = 200;

async function isRunning(config: AgentConfig, signal: AbortSignal): Promise<boolean> {
  const startedMs = systemClock.monotonic();
  for (;;) {
    try {
      await askRunningAgent(config, (client) => client.status());
      return true;
    } catch (error) {
      if (!isGone(error)) throw error;
    }
    if (systemClock.monotonic() - startedMs >= STARTS_WITHIN_MS) return false;
    await systemClock.sleep(LOOK_INTERVAL_MS, signal);
  }
}

function isGone(error: unknown): boolean {
  return error instanceof AgentError && error.code === "not_running";
}

async function orderRunning(
  io: CliIo,
  config: AgentConfig,
  { order, json }: {
    order: (client: ControlClient) => Promise<UpgradeReply>;
    json: true | undefined;
  },
): Promise<UpgradeResult> {
  const changes = watchUpgrades(config);
  const reply = await askRunningAgent(config, order).catch((error) => {
    // It may have made room before its answer had left. One that was killed is not to be upgraded behind its back.
    if (isGone(error) && changes.begun()) return { outcome: null, on_trial: changes.to() };
    throw isGone(error) ? endedMeanwhile(error) : error;
  });
  if (reply.outcome !== null) return reply.outcome;
  if (!json) io.stderr(`Version ${reply.on_trial} is on trial …\n`);
  return await awaitTrial(config, io.signal);
}

function endedMeanwhile(cause: unknown): AgentError {
  return new AgentError("failed", "The agent ended while it was asked to upgrade", {
    cause,
    hint: "agent upgrade status says what came of it, agent logs why it ended",
  });
}

function firstUpper({ code, message, reason }: UpgradeResult): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return code === 0 ? text : `Not upgraded (${reason}): ${message}`;
}
