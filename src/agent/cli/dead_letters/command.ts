/**
 * `agent dead-letters`: what the server refused for good.
 *
 * @module
 */

import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { positiveNumber } from "../../../shared/cli/flag_values.ts";
import type { LetterOrder } from "../../../shared/protocol/queue_inspection.ts";
import type { CliIo } from "../cli_io.ts";
import { CONFIG_OPTION } from "../config_option.ts";
import { exportLetters } from "./export.ts";
import { listLetters } from "./list.ts";
import { orderLetters } from "./order.ts";
import { showLetter } from "./show.ts";

const EXAMPLES = `
A dead letter holds what one answer of the server refused. retry sends its events again, behind all
others of their stream and in new batches; a stateful event overwrites what is newer at the server.
drop gives them up, and writes that into the loss ledger. Each order is carried out as a whole or not
at all. What is printed as JSON is described in docs/queue.md.

Examples:
  agent dead-letters list
  agent dead-letters show 3
  agent dead-letters retry --reason "unknown module"
  agent dead-letters export --out letters.ndjson && agent dead-letters drop --all`;

/** Builds the command. */
export function deadLettersCommand(io: CliIo): CommandUnknownOpts {
  const command = new Command("dead-letters")
    .description("list, show and export what the server refused, send it again or drop it")
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
  orderCommand(command, "retry", "put dead letters back at the end of the queue, to be sent again")
    .action((numbers, options) => orderLetters(io, "retry", { numbers, ...options }));
  orderCommand(command, "drop", "give dead letters up; the loss ledger says what was in them")
    .action((numbers, options) => orderLetters(io, "drop", { numbers, ...options }));
  command.command("export")
    .description("write the events of all dead letters as lines of JSON; they stay where they are")
    .option("--out <file>", "write to a new file instead of standard output")
    .option(...CONFIG_OPTION)
    .action((options) => exportLetters(io, options));
  return command as CommandUnknownOpts;
}

function orderCommand(parent: Command, name: LetterOrder, description: string) {
  return parent.command(name)
    .description(description)
    .argument("[numbers...]", "numbers of the letters", numbers, [])
    .option("--reason <text>", "those whose reason contains this text")
    .option("--all", "all of them")
    .option("--json", "print the result as JSON")
    .option(...CONFIG_OPTION);
}

function numbers(text: string, before: number[]): number[] {
  return [...before, positiveNumber(text)];
}
