/**
 * The command line of `deno task bench:peers`.
 *
 * @module
 */

import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { exitAfterUsage, wholeNumber } from "../../src/shared/cli/flag_values.ts";
import { CONTENDERS } from "./contenders.ts";
import type { Placement } from "./measure.ts";

/** What the command line says. */
export interface PeersOptions {
  rounds: number;
  lines: number;
  lineBytes: number;
  placement: readonly Placement[];
  only: readonly string[];
  /** A file in place of those in `bench/results`. */
  json?: string | undefined;
  /** Files of earlier runs. */
  merge: readonly string[];
}

const PLACEMENTS: readonly Placement[] = ["free", "pinned"];
const NAMES = CONTENDERS.map(({ name }) => name);

const EXAMPLES = `
Needs Linux, taskset (util-linux), and the peers:
  apt-get install syslog-ng-core syslog-ng-mod-http
Who is not on the PATH (on Debian both are in /usr/sbin) is left out and named.

Examples:
  $ deno task bench:peers
  $ deno task bench:peers --only agent_normal syslog_ng_json --placement pinned
  $ deno task bench:peers --rounds 1 --json one.json
  $ deno task bench:peers --rounds 0 --merge one.json two.json      only sums up`;

/** Reads the command line; ends the process with exit status 2 for wrong usage. */
export function parsePeersOptions(argv: readonly string[]): PeersOptions {
  const program = new Command("bench:peers")
    .description("compare the agent with other programs that send followed files")
    .option("--rounds <count>", "how often each does the work, in turn", wholeNumber, 5)
    .option("--lines <count>", "lines of the file, at least 10,000", manyLines, 500_000)
    .option("--line-bytes <bytes>", "length of a line with its newline", wholeNumber, 350)
    .addOption(
      new Option("--placement <where...>", "processes on any processor, or on one each")
        .choices(PLACEMENTS).default(PLACEMENTS, "both"),
    )
    .addOption(
      new Option("--only <contender...>", "only these").choices(NAMES).default(NAMES, "all"),
    )
    .option("--json <file>", "write the figures to this file only")
    .option("--merge <file...>", "add the rounds of these files", [])
    .addHelpText("after", EXAMPLES)
    .exitOverride(exitAfterUsage);
  program.parse([...argv], { from: "user" });
  const options = program.opts();
  if (options.rounds === 0 && options.merge.length === 0) {
    program.error("error: --rounds 0 measures nothing: name files to sum up with --merge");
  }
  return options;
}

/** Fewer are over before the clock shows anything. */
function manyLines(text: string): number {
  const lines = wholeNumber(text);
  if (lines < 10_000) throw new InvalidArgumentError("At least 10000");
  return lines;
}
