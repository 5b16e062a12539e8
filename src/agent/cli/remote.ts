/**
 * `agent remote`: the record of what a server had this machine do, whether the agent runs or not.
 *
 * @module
 */

import {
  Command,
  type CommandUnknownOpts,
  InvalidArgumentError,
} from "@commander-js/extra-typings";
import { loadConfig } from "../config/load.ts";
import type { RemoteAction } from "../../shared/protocol/commands.ts";
import { oneLine } from "../../shared/text.ts";
import type { CliIo } from "./cli_io.ts";
import { CONFIG_OPTION } from "./config_option.ts";
import { timeText } from "./since.ts";
import { tableText } from "./table.ts";

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 11_000;

const EXAMPLES = `
Who gave the order (its source, user and key), what was to be done, and what came of it; the newest
comes first. What the agent fetched by itself, files of groups that changed, has nobody who gave the
order. The last 10,000 that were done are kept, and the last 1,000 that this machine refused.
The JSON document is described in docs/signing.md.

Examples:
  agent remote
  agent remote --json | jq '.actions[] | select(.denied)'`;

/** Builds the command. */
export function remoteCommand(io: CliIo): CommandUnknownOpts {
  return new Command("remote")
    .description("list what a server had this machine do: who, what, when, result")
    .option("--json", "print it as JSON")
    .option("--limit <n>", `how many, newest first (default ${DEFAULT_LIMIT})`, parseLimit)
    .option(...CONFIG_OPTION)
    .addHelpText("after", EXAMPLES)
    .action(async ({ config: file, json, limit = DEFAULT_LIMIT }) => {
      const { config } = await loadConfig({ file, env: io.env });
      const { readRemoteRecord } = await import("../app/stopped/read_remote_actions.ts");
      const actions = readRemoteRecord(config, limit);
      io.stdout(json ? `${JSON.stringify(documentOf(actions))}\n` : textOf(actions));
    });
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (!/^\d+$/.test(text) || limit < 1 || limit > MAX_LIMIT) {
    throw new InvalidArgumentError(`Expected a whole number from 1 to ${MAX_LIMIT}.`);
  }
  return limit;
}

function documentOf(actions: readonly RemoteAction[]) {
  return {
    schema: 1,
    actions: actions.map((
      { number: _, document_id: id, received_ms, done_ms, denied, ...row },
    ) => ({
      id: id === "" ? null : id,
      ...row,
      denied: denied === 1,
      received_at: new Date(received_ms).toISOString(),
      done_at: done_ms === null ? null : new Date(done_ms).toISOString(),
    })),
  };
}

const HEADS = ["RECEIVED", "WHO", "KEY", "ACTION", "ARGUMENTS", "RESULT"];

function textOf(actions: readonly RemoteAction[]): string {
  if (actions.length === 0) return "No server has had this machine do anything.\n";
  return tableText([HEADS, ...actions.map(cellsOf)]);
}

function cellsOf({ received_ms, source, user, key_id, action, args, ...result }: RemoteAction) {
  const who = [user, source].filter((name) => name !== null).join(", ");
  const cells = [who, key_id ?? "", action ?? "", args ?? ""];
  return [
    timeText(received_ms),
    ...cells.map((text) => oneLine(text, 60) || "-"),
    resultOf(result),
  ];
}

function resultOf({ code, message, denied }: Pick<RemoteAction, "code" | "message" | "denied">) {
  if (code === null) return "-";
  const outcome = denied === 1 ? "refused" : code === 0 ? "success" : "failure";
  return message ? `${outcome}: ${oneLine(message)}` : outcome;
}
