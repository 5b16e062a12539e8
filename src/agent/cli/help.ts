/**
 * `agent help`: the help of a command, or the manual page of all of them.
 *
 * @module
 */

import { Argument, Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { usageHint } from "../../shared/cli/usage.ts";
import { AgentError } from "../../shared/errors.ts";
import { VERSION } from "../../shared/version.ts";
import type { CliIo } from "./cli_io.ts";

const EXAMPLES = `
The packages install the manual page: man agent shows it.

Examples:
  agent help
  agent help config check
  agent help man | man -l -`;

/** Builds the command; `wholeProgram` gives all commands with their options, `names` are those that completions offer. */
export function helpCommand(
  io: CliIo,
  wholeProgram: () => Promise<CommandUnknownOpts>,
  names: readonly string[],
): CommandUnknownOpts {
  return new Command("help")
    .description("show the help of a command, or with man the manual page")
    .addArgument(topic(names))
    .addHelpText("after", EXAMPLES)
    .action(async (names) => {
      const program = await wholeProgram();
      if (names.length === 1 && names[0] === "man") io.stdout(await manualPage(program));
      else findCommand(program, names).outputHelp();
    });
}

/** Only completions read these names: the action says more of a word that is none of them, and commands have commands below them. */
function topic(names: readonly string[]) {
  const argument = new Argument("[command...]", "command that it is about, or man");
  argument.argChoices = [...names, "man"];
  return argument;
}

async function manualPage(program: CommandUnknownOpts): Promise<string> {
  const { commandTree } = await import("./shells/command_tree.ts");
  const { manPage } = await import("./man/man_page.ts");
  return manPage(commandTree(program), VERSION);
}

function findCommand(program: CommandUnknownOpts, names: readonly string[]): CommandUnknownOpts {
  return names.reduce((command, name) => {
    const found = command.commands.find((child) => child.name() === name);
    if (found !== undefined) return found;
    throw new AgentError("usage", `There is no command "${names.join(" ")}"`, {
      hint: usageHint(command),
    });
  }, program);
}
