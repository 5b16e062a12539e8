/**
 * `agent queue repair`: mends the queue of an agent that does not run.
 *
 * @module
 */

import { AgentError } from "../../../shared/errors.ts";
import type { Account } from "../../../shared/protocol/stored_events.ts";
import { pluralize } from "../../../shared/text.ts";
import type { RepairReport } from "../../app/stopped/stopped_queue.ts";
import type { CliIo } from "../cli_io.ts";
import { tableText } from "../table.ts";
import { configOf, type QueueCommandOptions } from "./open.ts";
import { verifyText } from "./verify.ts";

/**
 * Mends it if anything is wrong, and prints the accounts before and after.
 *
 * @throws {AgentError} `data_folder_locked` when an agent runs, `failed` when something is wrong still
 */
export async function repair(io: CliIo, options: QueueCommandOptions): Promise<void> {
  const config = await configOf(io, options.config);
  const { repairQueue } = await import("../../app/stopped/stopped_queue.ts");
  const report = repairQueue(config);
  io.stdout(options.json ? `${JSON.stringify({ schema: 1, ...report })}\n` : textOf(report));
  const left = report.after.verified.defect_count;
  if (left === 0) return;
  throw new AgentError("failed", `The queue still has ${pluralize(left, "defect")}`, {
    hint: "agent queue verify names them; events can be saved with agent queue export",
  });
}

function textOf({ repaired, set_aside_as, lost_events, before, after }: RepairReport): string {
  if (!repaired) return `${verifyText(before.verified)}Nothing is wrong, nothing was changed\n`;
  return [
    verifyText(before.verified),
    `Repaired; the file as it was is now "${set_aside_as}"\n`,
    `Lost: ${pluralize(lost_events, "event")} (agent losses)\n`,
    tableText([...accountRows("before", before.accounts), ...accountRows("after", after.accounts)]),
    verifyText(after.verified),
  ].join("");
}

function accountRows(when: string, accounts: RepairReport["before"]["accounts"]): string[][] {
  if (accounts === null) return [[when, "cannot be read"]];
  return Object.entries(accounts).map(([stream, account]) => [when, stream, accountText(account)]);
}

function accountText({ taken, queued, acknowledged, dead_lettered, dropped }: Account): string {
  return `${taken.events} taken, ${queued.events} queued, ${acknowledged.events} acknowledged, ` +
    `${dead_lettered.events} dead letters, ${dropped.events} dropped`;
}
