/**
 * `agent dead-letters retry` and `drop`.
 *
 * @module
 */

import { AgentError } from "../../../shared/errors.ts";
import type {
  LetterChange,
  LetterOrder,
  LetterSelection,
} from "../../../shared/protocol/queue_inspection.ts";
import { oneLine, pluralize } from "../../../shared/text.ts";
import type { AgentConfig } from "../../config/schema.ts";
import { ControlClient } from "../../control/control_client.ts";
import { endpointIn } from "../../control/endpoint.ts";
import type { CliIo } from "../cli_io.ts";
import { configOf, type QueueCommandOptions } from "../queue/open.ts";

/** Options of both commands. */
interface OrderOptions extends QueueCommandOptions {
  reason?: string | undefined;
  all?: true | undefined;
}

/**
 * Has the running agent do it, or does it while none runs, and prints what became of them.
 *
 * @throws {AgentError} `usage` when it is not clear which letters are meant; `failed` when some stay
 */
export async function orderLetters(
  io: CliIo,
  order: LetterOrder,
  { numbers, ...options }: OrderOptions & { numbers: number[] },
): Promise<void> {
  const selection = selectionOf(order, { numbers, ...options });
  const config = await configOf(io, options.config);
  const change = await orderRunning(config, order, selection) ??
    await orderStopped(config, order, selection);
  io.stdout(options.json ? `${JSON.stringify({ schema: 1, ...change })}\n` : textOf(order, change));
  if (change.skipped.length > 0) throw someStay(change);
}

function selectionOf(
  order: LetterOrder,
  { numbers, reason, all }: { numbers: number[] } & Pick<OrderOptions, "reason" | "all">,
): LetterSelection {
  const given: LetterSelection[] = [];
  if (numbers.length > 0) given.push({ ids: numbers });
  if (reason !== undefined && reason !== "") given.push({ reason });
  if (all) given.push({ all });
  const [selection] = given;
  if (selection !== undefined && given.length === 1) return selection;
  throw new AgentError("usage", "Say which dead letters: numbers, --reason TEXT, or --all", {
    hint: `agent dead-letters ${order} 1 2`,
  });
}

async function orderRunning(
  { agent }: AgentConfig,
  order: LetterOrder,
  selection: LetterSelection,
): Promise<LetterChange | undefined> {
  try {
    using client = ControlClient.to(endpointIn(agent.path.run));
    return await client.orderLetters(order, selection);
  } catch (error) {
    if (error instanceof AgentError && error.code === "not_running") return undefined;
    throw error;
  }
}

/** Loaded only when no agent runs, as SQLite is. */
async function orderStopped(
  config: AgentConfig,
  order: LetterOrder,
  selection: LetterSelection,
): Promise<LetterChange> {
  const { orderStoppedLetters } = await import("../../app/stopped/stopped_queue.ts");
  return await orderStoppedLetters(config, order, selection);
}

function textOf(order: LetterOrder, { letters, events, outdated_events }: LetterChange): string {
  const what = `${pluralize(letters, "dead letter")} with ${pluralize(events, "event")}`;
  if (order === "drop") return `Given up, and written into the loss ledger: ${what}\n`;
  const put = `Put back at the end of the queue: ${what}\n`;
  if (outdated_events === 0) return put;
  return `${put}Not sent again, since the server was told something newer: ${
    pluralize(outdated_events, "event")
  } of them (agent losses)\n`;
}

function someStay({ skipped }: LetterChange): AgentError {
  const problems = skipped.slice(0, 3).map(({ id, problem }) => `${id} (${oneLine(problem)})`);
  const more = skipped.length - problems.length;
  const rest = more > 0 ? ` and ${more} more` : "";
  return new AgentError("failed", `Damaged dead letters stay: ${problems.join(", ")}${rest}`, {
    hint: "agent dead-letters show NUMBER, then agent dead-letters drop NUMBER",
  });
}
