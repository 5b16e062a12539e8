/**
 * Where the status comes from: the running agent, or without one what is on disk.
 *
 * @module
 */

import { AgentError } from "../../../shared/errors.ts";
import type { ModuleFile } from "../../../shared/protocol/part_status.ts";
import type { StatusDocument } from "../../../shared/protocol/status_document.ts";
import type { LoadedConfig } from "../../config/load.ts";
import type { AgentConfig } from "../../config/schema.ts";
import { readMachineId } from "../../platform/machine_id.ts";
import { VERSION } from "../../../shared/version.ts";
import { ControlClient } from "../../control/control_client.ts";
import { endpointIn } from "../../control/endpoint.ts";
import { askRunningAgent } from "../running_agent.ts";

/** The status document; `nowMs` is wall clock time. */
export async function readStatus(loaded: LoadedConfig, nowMs: number): Promise<StatusDocument> {
  const running = await runningStatus(loaded.config);
  if (running === undefined) return await stoppedStatus(loaded, nowMs);
  if (running.agent?.version === VERSION) return running;
  const { completeStatus } = await import("../../status/other_version.ts");
  return completeStatus(running, { config: loaded.config, nowMs });
}

/**
 * The files that the running agent follows.
 *
 * @throws {AgentError} `not_running` when none runs: only it knows what it follows
 */
export async function readFiles(
  config: AgentConfig,
): Promise<{ schema: 1; files: ModuleFile[] }> {
  return await askRunningAgent(config, (client) => client.files());
}

async function runningStatus(config: AgentConfig): Promise<StatusDocument | undefined> {
  try {
    using client = ControlClient.to(endpointIn(config.agent.path.run));
    return await client.status();
  } catch (error) {
    if (error instanceof AgentError && error.code === "not_running") return undefined;
    throw error;
  }
}

/** Loaded only when no agent runs, so that a status of a running one starts without SQLite. */
async function stoppedStatus(loaded: LoadedConfig, nowMs: number): Promise<StatusDocument> {
  const { readStoppedStatus } = await import("../../app/stopped/read_stopped_status.ts");
  return readStoppedStatus(loaded, { nowMs, machineId: await readMachineId() });
}
