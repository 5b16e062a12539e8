/**
 * `agent responses list`.
 *
 * @module
 */

import type { ResponseReport } from "../../../shared/protocol/responses.ts";
import { oneLine } from "../../../shared/text.ts";
import { loadConfig } from "../../config/load.ts";
import type { CommandIo } from "../command_io.ts";
import { timeText } from "../since.ts";
import { tableText } from "../table.ts";

/** Options of the command. */
export interface ListOptions {
  config?: string | undefined;
  json?: true | undefined;
}

/** Prints those that have not ended, from the data folder: whether an agent runs or not. */
export async function listResponses(io: CommandIo, { config, json }: ListOptions): Promise<void> {
  const loaded = await loadConfig({ file: config, env: io.env });
  const read = await import("../../app/stopped/read_responses.ts");
  const responses = read.listResponses(loaded.config);
  io.stdout(json ? `${JSON.stringify({ schema: 1, responses })}\n` : textOf(responses));
}

const HEADS = ["KEY", "STATE", "SOURCE", "USER", "ENABLED", "EXPIRES", "PROBLEM"];

function textOf(responses: readonly ResponseReport[]): string {
  if (responses.length === 0) return "Nothing is enabled.\n";
  return tableText([HEADS, ...responses.map(cellsOf)]);
}

function cellsOf(report: ResponseReport): string[] {
  const { key, state, source, user, enabled_at, expires_at } = report;
  const time = (at: string | null) => at === null ? "-" : timeText(Date.parse(at));
  return [
    oneLine(key),
    state,
    source?.ip ?? "-",
    oneLine(user?.name ?? "-"),
    time(enabled_at),
    time(expires_at),
    problemOf(report),
  ];
}

function problemOf({ attempts, failure, next_try_at }: ResponseReport): string {
  if (failure === null) return "-";
  const next = next_try_at === null ? "" : `, next at ${timeText(Date.parse(next_try_at))}`;
  return `${oneLine(failure)} (tried ${attempts === 1 ? "once" : `${attempts} times`}${next})`;
}
