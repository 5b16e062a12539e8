/**
 * The command line of the manager.
 *
 * @module
 */

import { Command, type Option } from "@commander-js/extra-typings";
import { basename } from "node:path";
import { exitAfterUsage } from "../../shared/cli/flag_values.ts";
import { tellUsage } from "../../shared/cli/usage.ts";
import type { FlagValue } from "../../shared/config/text_source.ts";
import { VERSION } from "../../shared/version.ts";
import { addConfigFlags, givenConfigFlags } from "./flags.ts";

/** What the command line says. */
export interface CommandLine {
  /** The configuration file that is named. */
  file: string | undefined;
  /** Options that are given as flags; their values are not checked yet. */
  flags: FlagValue[];
  /** Values of the flags that the program has beside the manager's. */
  own: Readonly<Record<string, unknown>>;
  /** True when the schema of the configuration file is asked for, and nothing else. */
  printSchema: boolean;
}

/** What a program has beside the manager's options. */
export interface MoreFlags {
  /** The task that runs the program from source, and what else is typed before the flags. */
  name: string;
  flags: readonly Option[];
  /** Put behind the help. */
  help: string;
  /** Of a command beside the one that runs the manager, whose help is not of the manager's start. */
  command?: {
    about: string;
    /** Whose options the help names; it takes all, since it may share the manager's file. */
    section: string;
  };
}

const helpOf = (name: string) => `
Examples:
  $ ${name} --data-dir ~/manager --password-file password.txt
  $ ${name} --config manager.yaml
  $ ${name} --http --management-port 0 --comms-port 0
  $ ${name} export --help

Each option is also taken from the environment (MANAGER_COMMS_PORT, MANAGER_KEEPALIVE_INTERVAL) and
from the configuration file; config/manager.yaml has them all. Lists have commas between. Secrets
are read from files only: a list of processes shows arguments, and often variables, to others.

Several managers beside each other: ${name} cluster --help

Durations are written 500ms, 30s, 5m, 1h or 7d; sizes 512KiB or 10MB.

When it is ready, the manager prints one line of JSON:
  {"ready":true,"management_url":"...","comms_url":"...","ca_cert":"..."}`;

/** What a person types to call a program: an installed one has its own name, one from source is a task. */
function callName(name: string): string {
  if (!Deno.build.standalone) return `deno task ${name}`;
  const [_task, ...words] = name.split(" ");
  return [basename(Deno.execPath()).replace(/\.exe$/i, ""), ...words].join(" ");
}

/**
 * Reads the command line. Prints help and ends the process for `--help`; ends it with exit status 2
 * for wrong usage.
 *
 * @param argv without the program itself
 */
export function parseCommandLine(argv: readonly string[], more: MoreFlags): CommandLine {
  const name = callName(more.name);
  const { command } = more;
  const program = createProgram(name);
  if (command !== undefined) program.description(command.about);
  for (const flag of more.flags) program.addOption(flag);
  addConfigFlags(program, command?.section);
  if (command === undefined) program.addHelpText("after", helpOf(name));
  program.addHelpText("after", more.help);
  tellUsage(program);
  program.exitOverride(exitAfterUsage);
  if (argv.some((arg) => /^--password(=|$)/.test(arg))) {
    // Not left to the parser, which would repeat what follows.
    program.error("error: a password in an argument list can be seen; use --password-file <file>");
  }
  program.parse([...argv], { from: "user" });
  const given = program.opts();
  return {
    file: given.config,
    flags: givenConfigFlags(program),
    own: given,
    printSchema: given.printSchema ?? false,
  };
}

function createProgram(name: string) {
  return new Command()
    .name(name)
    .description("Runs the manager: registers agents and takes their events.")
    .version(VERSION, "-V, --version", "print the version")
    // The texts tell the defaults already, as they are typed.
    .configureHelp({ optionDescription: ({ description }) => description })
    .option("--config <file>", "configuration file, see config/manager.yaml (default: none)")
    .option("--print-schema", "print the JSON Schema of the configuration file, and end");
}
