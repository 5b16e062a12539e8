/**
 * `agent queue purge`: gives old events up.
 *
 * @module
 */

import { AgentError } from "../../../shared/errors.ts";
import type { PurgeOrder, PurgeReport } from "../../../shared/protocol/queue_inspection.ts";
import type { Stream } from "../../../shared/protocol/wire.ts";
import { pluralize } from "../../../shared/text.ts";
import type { AgentConfig } from "../../config/schema.ts";
import { ControlClient } from "../../control/control_client.ts";
import { endpointIn } from "../../control/endpoint.ts";
import type { CliIo } from "../cli_io.ts";
import { timeText } from "../since.ts";
import { configOf, type QueueCommandOptions } from "./open.ts";

/** Options of the command. */
interface PurgeOptions extends QueueCommandOptions {
  stream?: Stream | undefined;
  /** Wall clock, in milliseconds. */
  older?: number | undefined;
  yes?: true | undefined;
}

/**
 * Has the running agent do it, or does it while none runs.
 *
 * @throws {AgentError} `usage` when it is not said which events, and that they are really meant
 */
export async function purge(io: CliIo, options: PurgeOptions): Promise<void> {
  const { stream, older: before_ms, yes } = options;
  if (stream === undefined || before_ms === undefined || !yes) {
    const message = "Say which events are to be lost for good: --stream, --older and --yes";
    const hint = "agent queue purge --stream stateless --older 7d --yes";
    throw new AgentError("usage", message, { hint });
  }
  const config = await configOf(io, options.config);
  const order = { stream, before_ms };
  const report = await purgeRunning(config, order) ?? await purgeStopped(config, order);
  const text = `Given up, and written into the loss ledger: ${
    pluralize(report.events, "event")
  } of ${stream} stored before ${timeText(before_ms)}\n${report.events === 0 ? NOTHING : ""}`;
  io.stdout(options.json ? `${JSON.stringify({ schema: 1, ...report })}\n` : text);
}

/** For whoever saw old events in the queue. */
const NOTHING = "Events in a batch stay: they may have arrived already (agent queue stat)\n";

async function purgeRunning(
  { agent }: AgentConfig,
  order: PurgeOrder,
): Promise<PurgeReport | undefined> {
  try {
    using client = ControlClient.to(endpointIn(agent.path.run));
    return await client.purge(order);
  } catch (error) {
    if (error instanceof AgentError && error.code === "not_running") return undefined;
    throw error;
  }
}

/** Loaded only when no agent runs, as SQLite is. */
async function purgeStopped(config: AgentConfig, order: PurgeOrder): Promise<PurgeReport> {
  const { purgeStoppedQueue } = await import("../../app/stopped/stopped_queue.ts");
  return await purgeStoppedQueue(config, order);
}
