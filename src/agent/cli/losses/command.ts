/**
 * `agent losses`: the loss ledger.
 *
 * @module
 */

import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { LedgerRow } from "../../../shared/protocol/queue_inspection.ts";
import { oneLine } from "../../../shared/text.ts";
import type { CliIo } from "../cli_io.ts";
import { CONFIG_OPTION } from "../config_option.ts";
import { openReader } from "../queue/open.ts";
import { momentOf, SINCE_FLAGS, timeText } from "../since.ts";
import { tableText } from "../table.ts";

const EXAMPLES = `
An entry says when, from which stream, how much and why something was lost, or perhaps received
twice. NOTICE tells whether the server knows. The JSON document is described in docs/queue.md.

Examples:
  agent losses
  agent losses --since 24h --json | jq '.losses[] | select(.events > 0)'`;

/** Builds the command. */
export function lossesCommand(io: CliIo): CommandUnknownOpts {
  return new Command("losses")
    .description("list what was lost, when and why")
    .option(SINCE_FLAGS, "only losses since: 30m, or 2026-01-31T08:00:00Z", momentOf)
    .option("--json", "print them as JSON")
    .option(...CONFIG_OPTION)
    .addHelpText("after", EXAMPLES)
    .action(async ({ config, since, json }) => {
      const { reader } = await openReader(io, config);
      using _open = reader;
      const losses = [...reader.losses(since)];
      io.stdout(json ? `${JSON.stringify(documentOf(losses))}\n` : textOf(losses));
    });
}

function documentOf(rows: readonly LedgerRow[]) {
  return {
    schema: 1,
    losses: rows.map(({ first_at_ms, last_at_ms, ...row }) => ({
      ...row,
      first_at: new Date(first_at_ms).toISOString(),
      last_at: new Date(last_at_ms).toISOString(),
    })),
  };
}

const HEADS = ["SINCE", "UNTIL", "STREAM", "EVENTS", "BYTES", "NOTICE", "REASON", "DETAIL"];

function textOf(rows: readonly LedgerRow[]): string {
  if (rows.length === 0) return "Nothing was lost.\n";
  return tableText([HEADS, ...rows.map(cellsOf)]);
}

function cellsOf(row: LedgerRow): string[] {
  const { first_at_ms, last_at_ms, stream, events, bytes, notice, reason, detail } = row;
  const numbers = [events, bytes].map(String);
  return [
    timeText(first_at_ms),
    timeText(last_at_ms),
    stream,
    ...numbers,
    notice,
    oneLine(reason),
    oneLine(detail) || "-",
  ];
}
