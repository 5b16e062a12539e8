/**
 * `agent dead-letters`: what the server refused for good.
 *
 * @module
 */

import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { positiveNumber } from "../../../shared/cli/flag_values.ts";
import type { CliIo } from "../cli_io.ts";
import { CONFIG_OPTION } from "../config_option.ts";
import { exportLetters } from "./export.ts";
import { listLetters } from "./list.ts";
import { showLetter } from "./show.ts";

const EXAMPLES = `
A dead letter holds what one answer of the server refused. What is printed as JSON is described in
docs/queue.md.

Examples:
  agent dead-letters list
  agent dead-letters show 3
  agent dead-letters export --out letters.ndjson`;

/** Builds the command. */
export function deadLettersCommand(io: CliIo): CommandUnknownOpts {
  const command = new Command("dead-letters")
    .description("list, show and export what the server refused")
    .addHelpText("after", EXAMPLES);
  command.command("list")
    .description("list the dead letters, oldest first")
    .option("--json", "print them as JSON")
    .option(...CONFIG_OPTION)
    .action((options) => listLetters(io, options));
  command.command("show")
    .argument("<number>", "number of the letter", positiveNumber)
    .description("show a dead letter and its events")
    .option("--json", "print it as JSON")
    .option(...CONFIG_OPTION)
    .action((number, options) => showLetter(io, number, options));
  command.command("export")
    .description("write the events of all dead letters as lines of JSON; they stay where they are")
    .option("--out <file>", "write to a new file instead of standard output")
    .option(...CONFIG_OPTION)
    .action((options) => exportLetters(io, options));
  return command as CommandUnknownOpts;
}
