/**
 * `agent queue verify`: is everything in the queue as it must be?
 *
 * @module
 */

import { AgentError } from "../../../shared/errors.ts";
import type { VerifyReport } from "../../../shared/protocol/queue_inspection.ts";
import { oneLine, pluralize } from "../../../shared/text.ts";
import type { AgentConfig } from "../../config/schema.ts";
import { ControlClient } from "../../control/control_client.ts";
import { endpointIn } from "../../control/endpoint.ts";
import type { CliIo } from "../cli_io.ts";
import { configOf, type QueueCommandOptions } from "./open.ts";

/**
 * Prints what was checked, and the first defects.
 *
 * @throws {AgentError} `failed` when there are any
 */
export async function verify(io: CliIo, options: QueueCommandOptions): Promise<void> {
  const config = await configOf(io, options.config);
  const { verifyQueueOf } = await import("../../app/queue/queue_inspection.ts");
  const running = await isRunning(config);
  const report = verifyQueueOf(config, !running);
  const document = { schema: 1, sound: report.defect_count === 0, ...report };
  io.stdout(options.json ? `${JSON.stringify(document)}\n` : verifyText(report));
  if (report.defect_count > 0) throw notSound(report, running);
}

/** What was found, for a terminal. */
export function verifyText({ checked, defects, defect_count }: VerifyReport): string {
  const { events, bytes, chunks, batches, checkpoints, letters } = checked;
  const of = [
    `${pluralize(events, "event")} (${bytes} bytes) in ${pluralize(chunks, "chunk")}`,
    pluralize(batches, "batch", "batches"),
    pluralize(checkpoints, "checkpoint"),
    pluralize(letters, "dead letter"),
  ];
  const named = defects.map(({ where, problem }) => `  ${where}: ${oneLine(problem)}\n`).join("");
  const more = defect_count - defects.length;
  return `Checked ${of.join(", ")}\n${named}${more > 0 ? `  and ${more} more\n` : ""}`;
}

/** Whether an agent answers on this configuration's run folder. */
async function isRunning({ agent }: AgentConfig): Promise<boolean> {
  try {
    using client = ControlClient.to(endpointIn(agent.path.run));
    await client.status();
    return true;
  } catch (error) {
    return !(error instanceof AgentError && error.code === "not_running");
  }
}

function notSound({ defect_count }: VerifyReport, running: boolean): AgentError {
  return new AgentError("failed", `The queue has ${pluralize(defect_count, "defect")}`, {
    hint: running ? "stop the agent, then: agent queue repair" : "agent queue repair",
  });
}
