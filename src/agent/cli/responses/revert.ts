/**
 * `agent responses revert`.
 *
 * @module
 */

import { AgentError } from "../../../shared/errors.ts";
import type { ResponseSelection, ReversalReport } from "../../../shared/protocol/responses.ts";
import { oneLine, pluralize } from "../../../shared/text.ts";
import { loadConfig } from "../../config/load.ts";
import type { AgentConfig } from "../../config/schema.ts";
import { ControlClient } from "../../control/control_client.ts";
import { endpointIn } from "../../control/endpoint.ts";
import type { CommandIo } from "../command_io.ts";
import type { ListOptions } from "./list.ts";

/** Options of the command. */
interface RevertOptions extends ListOptions {
  all?: true | undefined;
}

/**
 * Has the running agent do it, or does it while none runs, and prints what became of each.
 *
 * @throws {AgentError} `usage` when it is not clear which are meant; `failed` when one is not reverted
 */
export async function revertResponses(
  io: CommandIo,
  keys: string[],
  { all, json, config: file }: RevertOptions,
): Promise<void> {
  const selection = selectionOf(keys, all);
  const { config } = await loadConfig({ file, env: io.env });
  const reports = await revertRunning(config, selection) ??
    await revertStopped(config, selection, io.signal);
  io.stdout(json ? `${JSON.stringify({ schema: 1, responses: reports })}\n` : textOf(reports));
  const failed = reports.filter(({ reverted }) => !reverted).length;
  if (failed === 0) return;
  throw new AgentError(
    "failed",
    `${pluralize(failed, "response is", "responses are")} not reverted`,
    {
      hint: "what stands above says why; a running agent tries again by itself (agent responses)",
    },
  );
}

function selectionOf(keys: string[], all: true | undefined): ResponseSelection {
  if (all && keys.length === 0) return { all };
  if (!all && keys.length > 0) return { keys };
  throw new AgentError("usage", "Say which responses: their keys, or --all", {
    hint: "agent responses lists them",
  });
}

async function revertRunning(
  { agent }: AgentConfig,
  selection: ResponseSelection,
): Promise<ReversalReport[] | undefined> {
  try {
    using client = ControlClient.to(endpointIn(agent.path.run));
    return await client.revertResponses(selection);
  } catch (error) {
    if (error instanceof AgentError && error.code === "not_running") return undefined;
    throw error;
  }
}

/** Loaded only when no agent runs, as SQLite is. */
async function revertStopped(
  config: AgentConfig,
  selection: ResponseSelection,
  signal: AbortSignal,
): Promise<ReversalReport[]> {
  const { revertStoppedResponses } = await import("../../app/stopped/stopped_responses.ts");
  return await revertStoppedResponses(config, selection, signal);
}

function textOf(reports: readonly ReversalReport[]): string {
  if (reports.length === 0) return "Nothing is enabled.\n";
  return reports.map(({ key, message }) => `${oneLine(key)}  ${oneLine(message)}\n`).join("");
}
