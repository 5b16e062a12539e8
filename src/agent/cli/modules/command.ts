/**
 * `agent modules`: what the agent can do, and turning it on and off.
 *
 * @module
 */

import { Argument, Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { nearest } from "../../../shared/config/suggest.ts";
import { EXIT_STATUS } from "../../../shared/errors.ts";
import { type Clock, systemClock } from "../../../shared/clock.ts";
import { MODULES } from "../../modules/modules.ts";
import type { CommandIo } from "../command_io.ts";
import { CONFIG_OPTION } from "../config_option.ts";
import { parseInterval, requireWatched } from "../status/interval.ts";
import { restModule, resyncModule, scanModule } from "./ask.ts";
import { listModules, watchModules } from "./list.ts";
import type { ModulesOptions } from "./options.ts";
import { resetModule } from "./reset.ts";
import { showModule } from "./show.ts";
import { switchModule } from "./switch.ts";
import { parseTerm, switchForAWhile } from "./term.ts";

const EXAMPLES = `
Without an agent that runs, the list tells what the configuration says. enable and disable write one
line of the configuration file and have the running agent read it; with --for they leave the file
alone, and what it says holds again when the time is over. What the server has ordered is stronger
than the file; reset forgets it. A module that is paused rests until it is resumed or the agent starts
anew. Exit status 0 done, 1 refused, 2 no such module or collector, 3 no agent runs.

Examples:
  agent modules
  agent modules --watch
  agent modules show logcollector
  agent modules disable logcollector --for 2h
  agent modules scan logcollector
  agent modules --json | jq '.modules[] | select(.state == "failed")'`;

/** Builds the command. */
export function modulesCommand(
  io: CommandIo,
  { clock = systemClock }: { clock?: Clock } = {},
): CommandUnknownOpts {
  const command = new Command("modules")
    .description("list the modules; enable, disable, pause, resume, scan, resync or reset one")
    .option("--json", "print them as JSON")
    .option("--watch", "show them again and again until Ctrl-C")
    .option("--interval <duration>", "how often --watch looks (default 2s)", parseInterval)
    .option(...CONFIG_OPTION)
    .addHelpText("after", `\nModules:\n${moduleLines()}\n${EXAMPLES}`)
    .allowExcessArguments()
    .action(async (options, command) => {
      const [unknown] = command.args;
      if (unknown !== undefined) refuseUnknown(command, unknown);
      requireWatched(options, "agent modules");
      await (options.watch ? watchModules(io, options, clock) : listModules(io, options));
    });
  addSwitches(io, command);
  addWords(io, command);
  return command as CommandUnknownOpts;
}

type Parent = Command<[], ModulesOptions>;

function addSwitches(io: CommandIo, command: Parent): void {
  const switchTo = (enabled: boolean) => async (name: string, options: ModulesOptions) => {
    if (options.for === undefined) return await switchModule(io, { name, enabled }, options);
    await switchForAWhile(io, { name, enabled, forMs: options.for }, options);
  };
  subcommand(command, "enable", "have the configuration file enable a module")
    .option(...FOR_OPTION, parseTerm)
    .action((name, options, sub) => switchTo(true)(name, given(options, sub)));
  subcommand(command, "disable", "have the configuration file disable a module")
    .option("--keep", "leave what it told of this machine at the server; an agent has to run")
    .option(...FOR_OPTION, parseTerm)
    .action((name, options, sub) => switchTo(false)(name, given(options, sub)));
  subcommand(command, "reset", "forget whether the server, or --for, enabled or disabled a module")
    .action((name, options, sub) => resetModule(io, name, given(options, sub)));
}

const FOR_OPTION = [
  "--for <duration>",
  "for so long only, such as 2h; the file stays as it is",
] as const;

function addWords(io: CommandIo, command: Parent): void {
  subcommand(command, "show", "show all that is known of a module")
    .action((name, options, sub) => showModule(io, name, given(options, sub)));
  subcommand(command, "scan", "have a module look at everything now, and wait until it has")
    .argument("[collector]", "look only at what this collector keeps")
    .option("--wait", "wait until it has, as it does anyway")
    .option("--no-wait", "only have it begin")
    .action((name, collector, options, sub) =>
      scanModule(io, { name, collector }, given(options, sub))
    );
  for (const word of ["pause", "resume"] as const) {
    const about = word === "pause" ? "have a module rest" : "have a module go on after a pause";
    subcommand(command, word, about)
      .action((name, options, sub) => restModule(io, { name, word }, given(options, sub)));
  }
  subcommand(command, "resync", "have the running agent compare with the server what a module told")
    .action((name, options, sub) => resyncModule(io, name, given(options, sub)));
}

function subcommand(parent: Parent, name: string, description: string) {
  return parent.command(name).addArgument(moduleArgument())
    .description(description)
    // Inherited from the list, which takes the name of a misspelled subcommand.
    .allowExcessArguments(false)
    .option("--json", "print the result as JSON")
    .option(...CONFIG_OPTION);
}

/** Completions offer the names. They are no choices for the parser: the action says more about another name. */
function moduleArgument() {
  const argument = new Argument("<name>", "name of the module");
  argument.argChoices = MODULES.map(({ name }) => name);
  return argument;
}

function moduleLines(): string {
  const width = Math.max(...MODULES.map(({ name }) => name.length));
  return MODULES.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`).join("\n");
}

/** The list has the same options, and takes them when they stand in front of the subcommand. */
function given(options: ModulesOptions, command: { optsWithGlobals(): unknown }): ModulesOptions {
  return { ...options, ...command.optsWithGlobals() as ModulesOptions };
}

/** A command that does something by itself takes the name of a misspelled subcommand for an argument. */
function refuseUnknown(command: CommandUnknownOpts, name: string): never {
  const meant = nearest(name, command.commands.map((sub) => sub.name()));
  const suggestion = meant === undefined ? "" : `\n(Did you mean ${meant}?)`;
  command.error(`error: unknown command '${name}'${suggestion}`, { exitCode: EXIT_STATUS.usage });
}
