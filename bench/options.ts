/**
 * The command line of `deno task bench`.
 *
 * @module
 */

import { Command, Option } from "@commander-js/extra-typings";
import { exitAfterUsage } from "../src/shared/cli/flag_values.ts";

/** What the command line says. */
export interface BenchOptions {
  quick: boolean;
  /** The one suite to run. @default all */
  only?: string;
}

/**
 * Reads the command line. Prints help and ends the process for `--help`; ends it with exit status 2
 * for wrong usage.
 *
 * @param argv without the program itself
 */
export function parseOptions(argv: readonly string[], suites: readonly string[]): BenchOptions {
  const program = new Command()
    .name("bench")
    .description(
      "Runs the benchmark suites and prints their tables beside the founding figures and the " +
        "targets. A complete run writes bench/results/tables.json and draws bench/results/*.svg.",
    )
    .option("--quick", "only see that every suite still works, in under 2 minutes; write nothing")
    .addOption(new Option("--only <suite>", "run one suite, write nothing").choices(suites))
    .exitOverride(exitAfterUsage)
    .parse([...argv], { from: "user" });
  const { quick = false, only } = program.opts();
  return { quick: quick === true, ...(only !== undefined && { only }) };
}
