/**
 * `agent modules`: what the agent can do, and turning it on and off.
 *
 * @module
 */

import { Argument, Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { AnySignal } from "../../../shared/any_signal.ts";
import { nearest } from "../../../shared/config/suggest.ts";
import { EXIT_STATUS } from "../../../shared/errors.ts";
import { loadConfig } from "../../config/load.ts";
import { STORED } from "../../config/stored.ts";
import { MODULES } from "../../modules/modules.ts";
import { requireModule } from "../../modules/module_runner.ts";
import type { CliIo } from "../cli_io.ts";
import { listModules } from "./list.ts";
import type { ModulesOptions } from "./options.ts";
import { resetModule } from "./reset.ts";
import { switchModule } from "./switch.ts";
import { askRunningAgent } from "../running_agent.ts";
import { CONFIG_OPTION } from "../config_option.ts";

/** A scan may take long; nobody waits longer than this for it. */
const SCAN_TIMEOUT_MS = 3_600_000;

const EXAMPLES = `
Without an agent that runs, the list tells what the configuration says. enable and disable write one
line of the configuration file and have the running agent read it. What the server has ordered is
stronger than the file; reset forgets it.

Examples:
  agent modules
  agent modules disable logcollector
  agent modules scan logcollector
  agent modules --json | jq '.modules[] | select(.state == "failed")'`;

/** Builds the command. */
export function modulesCommand(io: CliIo): CommandUnknownOpts {
  const command = new Command("modules")
    .description("list the modules, and enable, disable, scan, resync or reset one")
    .option("--json", "print them as JSON")
    .option(...CONFIG_OPTION)
    .addHelpText("after", `\nModules:\n${moduleLines()}\n${EXAMPLES}`)
    .allowExcessArguments()
    .action(async (options, command) => {
      const [unknown] = command.args;
      if (unknown !== undefined) refuseUnknown(command, unknown);
      await listModules(io, options);
    });
  subcommand(command, "enable", "have the configuration file enable a module")
    .action((name, options, sub) => switchModule(io, { name, enabled: true }, given(options, sub)));
  subcommand(command, "disable", "have the configuration file disable a module")
    .option("--keep", "leave what it told of this machine at the server; an agent has to run")
    .action((name, options, sub) =>
      switchModule(io, { name, enabled: false }, given(options, sub))
    );
  subcommand(command, "scan", "have a module look at everything now, and wait until it has")
    .action((name, options, sub) => scanModule(io, name, given(options, sub)));
  subcommand(command, "resync", "have the running agent compare with the server what a module told")
    .action((name, options, sub) => resyncModule(io, name, given(options, sub)));
  subcommand(command, "reset", "forget whether the server enabled or disabled a module")
    .action((name, options, sub) => resetModule(io, name, given(options, sub)));
  return command as CommandUnknownOpts;
}

function subcommand(parent: Command<[], ModulesOptions>, name: string, description: string) {
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

async function resyncModule(io: CliIo, name: string, options: ModulesOptions): Promise<void> {
  const { config } = await loadConfig({ file: options.config, env: io.env, ...STORED });
  requireModule(name, MODULES);
  const told = await askRunningAgent(config, (client) => client.moduleDocuments(name, "resync"));
  const collectors = told.collectors.join(", ") || "nothing was told yet";
  io.stdout(
    options.json
      ? `${JSON.stringify({ schema: 1, ...told })}\n`
      : `Compared with the server soon: ${collectors}\n`,
  );
}

async function scanModule(io: CliIo, name: string, options: ModulesOptions): Promise<void> {
  const { config } = await loadConfig({ file: options.config, env: io.env, ...STORED });
  requireModule(name, MODULES);
  using until = new AnySignal(io.signal, AbortSignal.timeout(SCAN_TIMEOUT_MS));
  const scan = await askRunningAgent(config, (client) => client.scanModule(name, until.signal));
  io.stdout(
    options.json
      ? `${JSON.stringify({ schema: 1, ...scan })}\n`
      : `${name} has scanned, in ${scan.took_ms} ms\n`,
  );
}
