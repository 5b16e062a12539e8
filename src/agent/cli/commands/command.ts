/**
 * `agent commands`: lists the journal of commands, whether the agent runs or not.
 *
 * @module
 */

import {
  Command,
  type CommandUnknownOpts,
  InvalidArgumentError,
} from "@commander-js/extra-typings";
import { loadConfig } from "../../config/load.ts";
import { rememberStoredSecrets } from "../../identity/stored_secrets.ts";
import type { CommandIo } from "../command_io.ts";
import { commandsDocument, commandsText } from "./journal_text.ts";
import { CONFIG_OPTION } from "../config_option.ts";

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 100_000;

const EXAMPLES = `
A command is received, running, done (it has a result) and reported (the result is in the queue).
The newest comes first. The JSON document is described in docs/journal.md.

Examples:
  agent commands
  agent commands --limit 5
  agent commands --json | jq '.commands[] | select(.code == 1)'`;

/** Builds the command. */
export function commandsCommand(io: CommandIo): CommandUnknownOpts {
  return new Command("commands")
    .description("list the commands that came from the server, and their results")
    .option("--json", "print them as JSON")
    .option("--limit <n>", `how many, newest first (default ${DEFAULT_LIMIT})`, parseLimit)
    .option(...CONFIG_OPTION)
    .addHelpText("after", EXAMPLES)
    .action(async ({ config: file, json, limit = DEFAULT_LIMIT }) => {
      const { config } = await loadConfig({ file, env: io.env });
      rememberStoredSecrets(config.agent.path.data, io.secrets);
      const { readJournal } = await import("../../app/stopped/read_journal.ts");
      const entries = readJournal(config, limit);
      io.stdout(json ? `${JSON.stringify(commandsDocument(entries))}\n` : commandsText(entries));
    });
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (!/^\d+$/.test(text) || limit < 1 || limit > MAX_LIMIT) {
    throw new InvalidArgumentError(`Expected a whole number from 1 to ${MAX_LIMIT}.`);
  }
  return limit;
}
