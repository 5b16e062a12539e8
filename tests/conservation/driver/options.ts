/**
 * The command line of `deno task conserve`.
 *
 * @module
 */

import { Command, InvalidArgumentError } from "@commander-js/extra-typings";
import { AGENT_FAULTS } from "./faults/agent_faults.ts";
import { MANAGER_FAULTS } from "./faults/manager_faults.ts";
import { NETWORK_FAULTS } from "./faults/network_faults.ts";
import { Orders } from "./faults/orders.ts";
import { ROTATIONS } from "./rotations.ts";

/** What the command line says. */
export interface Options {
  minutes: number;
  seed: number;
  agents: number;
  kills: number;
  rate: number;
  pause: number;
  compiled: string | undefined;
  /** File for the whole report as JSON. */
  report: string | undefined;
  only: string[];
  rotations: string[];
  sabotage: boolean;
  keep: boolean;
}

const ALL = Object.keys(ROTATIONS);
const FAULTS = [...AGENT_FAULTS, ...NETWORK_FAULTS, ...MANAGER_FAULTS, ...new Orders().faults]
  .map(({ name }) => name);

const NOTES = `
Writes numbered lines to logs that are rotated in every usual way, while agents and manager are
killed, frozen, cut off, refused, restarted and given orders, their disks are filled and their
clocks put forward and back; then lets everything come to rest and counts.

Exit status 0 only when every line was received once, or is accounted for: written = received +
dead letters + loss ledger, doubled = 0.

The same seed strikes the same faults in the same order. Disks are filled where this process may
mount a file system, clocks put where libfaketime is installed, agents killed in the middle of a
write where strace is; what was left out is listed.

With --compiled every second agent of the run is that executable.

Examples:
  $ deno task conserve --minutes 30 --kills 500 --agents 3 --rate 20 --pause 9 --report report.json
  $ deno task conserve --minutes 2 --kills 50 --compiled dist/agent
  $ deno task conserve --seed 4711 --only kill_agent,fill_disk
  $ deno task conserve --minutes 1 --sabotage     (must fail: the driver can see a broken promise)`;

/** Reads the command line; ends the process for `--help` and for wrong usage. */
export function readOptions(args: readonly string[]): Options {
  const given = new Command("conserve")
    .description("Proves that no line is lost or doubled, under faults that are really caused.")
    .option("--minutes <number>", "how long faults strike", positive, 2)
    .option(
      "--seed <number>",
      "decides which faults strike, and when (default: another each time)",
      whole,
    )
    .option("--agents <number>", "how many agents", whole, 2)
    .option("--kills <number>", "go on until agents were killed so often", count, 0)
    .option("--rate <number>", "lines that each program writes in a second", positive, 50)
    .option("--pause <seconds>", "longest pause between two strikes at one agent", positive, 4)
    .option("--compiled <file>", "a compiled agent (default: AGENT_BIN)")
    .option("--report <file>", "write the whole report as JSON")
    .option("--only <names>", "strike only these faults, with commas between", faultNames, [])
    .option("--rotations <names>", "only programs that rotate like this", rotationNames, ALL)
    .option("--sabotage", "the agents acknowledge lines to their source before they are on disk")
    .option("--keep", "keep the temporary folder")
    .addHelpText("after", NOTES)
    .parse([...args], { from: "user" })
    .opts();
  return {
    ...given,
    seed: given.seed ?? Math.floor(Math.random() * 1_000_000),
    report: given.report,
    compiled: given.compiled ?? Deno.env.get("AGENT_BIN"),
    sabotage: given.sabotage ?? false,
    keep: given.keep ?? false,
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 1_440) return value;
  throw new InvalidArgumentError("A number from above 0 up to 1440");
}

function whole(text: string): number {
  const value = count(text);
  if (value > 0) return value;
  throw new InvalidArgumentError("A whole number from 1 on");
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError("A whole number");
}

function faultNames(text: string): string[] {
  const chosen = names(text);
  const unknown = chosen.find((name) => !FAULTS.includes(name));
  if (unknown === undefined) return chosen;
  throw new InvalidArgumentError(`No fault "${unknown}"; there are ${FAULTS.join(", ")}`);
}

function rotationNames(text: string): string[] {
  const chosen = names(text);
  const unknown = chosen.find((name) => !ALL.includes(name));
  if (unknown === undefined) return chosen;
  throw new InvalidArgumentError(`No rotation "${unknown}"; there are ${ALL.join(", ")}`);
}

function names(text: string): string[] {
  return text.split(",").map((name) => name.trim());
}
