/**
 * The command line of `deno task bench:cost`.
 *
 * @module
 */

import { Command, Option } from "@commander-js/extra-typings";
import { exitAfterUsage, positiveNumber } from "../../src/shared/cli/flag_values.ts";

/** What can be measured by itself. */
export const SECTIONS = ["load", "delay", "idle", "status", "length"] as const;

/** One of {@linkcode SECTIONS}. */
export type Section = typeof SECTIONS[number];

/** What the command line says. */
export interface CostOptions {
  only: readonly Section[];
  lines: number;
  events: number;
  /** False with `--no-results`. */
  results: boolean;
}

const EXAMPLES = `
Sections: load (processor, disk and memory while a file goes to the server), delay (event loop at
full load), idle (memory, processor, wake-ups), status (time of agent status), length (a short queue
and a long one).

With AGENT_BIN set to a compiled agent that one is measured, else the agent from source.

Examples:
  $ deno task bench:cost
  $ deno task bench:cost --only idle
  $ deno task bench:cost --only length --events 1000000 --no-results`;

/** Reads the command line; ends the process with exit status 2 for wrong usage. */
export function parseCostOptions(argv: readonly string[]): CostOptions {
  const program = new Command("bench:cost")
    .description("measure what the agent costs")
    .addOption(
      new Option("--only <section...>", "measure only these").choices(SECTIONS)
        .default(SECTIONS, "all"),
    )
    .option("--lines <count>", "lines of the file at full load", positiveNumber, 1_000_000)
    .option("--events <count>", "events of the long queue", positiveNumber, 10_000_000)
    .option("--no-results", "write no file with the figures")
    .addHelpText("after", EXAMPLES)
    .exitOverride(exitAfterUsage);
  program.parse([...argv], { from: "user" });
  return program.opts();
}
