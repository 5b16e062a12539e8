/**
 * `agent responses`: what is enabled against somebody on this machine, and ending it by hand.
 *
 * @module
 */

import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { EXIT_STATUS } from "../../../shared/errors.ts";
import type { CommandIo } from "../command_io.ts";
import { CONFIG_OPTION } from "../config_option.ts";
import { type ListOptions, listResponses } from "./list.ts";
import { revertResponses } from "./revert.ts";

const EXAMPLES = `
A response is enabled by an order of the server (active-response) and ends by itself at EXPIRES. What
cannot be reverted is tried again, after an hour at the latest. revert needs no server, and no agent
that runs; a key may be cut as long as it means one. Exit status 0 when all are reverted, 1 when one
is not, 2 for a key that is not known.

Examples:
  agent responses
  agent responses revert block-ip:1f0c
  agent responses revert --all
  agent responses --json | jq '.responses[] | select(.attempts > 0)'`;

/** Builds the command. */
export function responsesCommand(io: CommandIo): CommandUnknownOpts {
  const command = new Command("responses")
    .description("list what the server has enabled against somebody here, and revert it")
    .option("--json", "print them as JSON")
    .option(...CONFIG_OPTION)
    .addHelpText("after", EXAMPLES)
    .allowExcessArguments()
    .action(async (options, command) => {
      const [unknown] = command.args;
      if (unknown !== undefined) {
        const exitCode = EXIT_STATUS.usage;
        command.error(`error: unknown command '${unknown}'`, { exitCode });
      }
      await listResponses(io, options);
    });
  command.command("list")
    .description("list them, those that end first in front")
    .option("--json", "print them as JSON")
    .option(...CONFIG_OPTION)
    .action((options, sub) => listResponses(io, { ...options, ...globals(sub) }));
  command.command("revert")
    .description("end responses now, whatever their time")
    .argument("[keys...]", "their keys, or beginnings of them")
    .option("--all", "all of them")
    .option("--json", "print what became of each as JSON")
    .option(...CONFIG_OPTION)
    .action((keys, options, sub) => revertResponses(io, keys, { ...options, ...globals(sub) }));
  return command as CommandUnknownOpts;
}

/** Options may stand before the subcommand as well. */
function globals(command: { optsWithGlobals(): unknown }): ListOptions {
  return command.optsWithGlobals() as ListOptions;
}
