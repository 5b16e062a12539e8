/**
 * The command line of `deno task compile`.
 *
 * @module
 */

import { Argument, Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { tellUsage } from "../../src/shared/cli/usage.ts";
import { EXECUTABLES } from "./executables.ts";

/** Platforms that Deno has a base for. */
export const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
] as const;

/** What the command line says. */
export interface CompileOptions {
  /** Names of the executables to make. */
  names: readonly string[];
  /** Platform to build for; `undefined` for this one. */
  target: string | undefined;
  /** The version that the executables call themselves; `undefined` for the project's. */
  asVersion: string | undefined;
}

/** How `deno task compile` ends when it does not succeed. */
export const EXIT_STATUS = { failed: 1, usage: 2, baseUnavailable: 3 } as const;

const HELP = `
Makes dist/agent and dist/agent-manager; with --target dist/TARGET/agent and so on. Each is started before it counts as
made, where it is for this machine: both with --version, the manager also until it is ready.

Exit statuses: 0 made, 1 failed, 2 wrong usage, 3 the base of the executable could not be fetched.

Environment:
  DENORT_BIN  base of the executable (denort) of this Deno's version, where it cannot be downloaded

Examples:
  $ deno task compile
  $ deno task compile agent --target aarch64-unknown-linux-gnu
  $ deno task compile agent --as-version 99.0.0`;

/** Reads the command line; ends the process with exit status 2 for wrong usage. */
export function parseCompileOptions(argv: readonly string[]): CompileOptions {
  const all = EXECUTABLES.map(({ name }) => name);
  const program = new Command("deno task compile")
    .description("make the executables")
    .addArgument(new Argument("[name...]", "only these").choices(all))
    .addOption(new Option("--target <platform>", "build for another platform").choices(TARGETS))
    .addOption(
      new Option(
        "--as-version <version>",
        "make dist/VERSION/…, which call themselves that: to try upgrades",
      )
        .argParser(parseVersion),
    )
    .addHelpText("after", HELP)
    .exitOverride(({ exitCode }) => Deno.exit(exitCode === 0 ? 0 : EXIT_STATUS.usage));
  tellUsage(program);
  program.parse([...argv], { from: "user" });
  const [names = []] = program.processedArgs;
  const { target, asVersion } = program.opts();
  return { names: names.length === 0 ? all : names, target, asVersion };
}

function parseVersion(text: string): string {
  if (/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/.test(text)) return text;
  throw new InvalidArgumentError("Expected a version such as 1.4.0.");
}
