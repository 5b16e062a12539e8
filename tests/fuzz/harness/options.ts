/**
 * The command line of the fuzzer.
 *
 * @module
 */

import { parseArgs } from "node:util";

/** What to try. */
interface FuzzOptions {
  cases: number;
  seed: number;
  workers: number;
  targets: readonly string[];
  path?: string;
}

const DEFAULT_CASES = 100_000;
const NAMES = ["cases", "seed", "target", "path", "workers"] as const;

/**
 * Reads flags, and where there is none the variable `FUZZ_…`. `otherwise` is used where nothing is said.
 *
 * @throws {RangeError} that says what is wrong and what would be right
 */
export function parseOptions(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  otherwise: Pick<FuzzOptions, "seed" | "workers" | "targets">,
): FuzzOptions {
  const { values: flags } = parseArgs({
    args: [...args],
    options: Object.fromEntries(NAMES.map((name) => [name, { type: "string" as const }])),
  });
  const text = (name: typeof NAMES[number]) =>
    flags[name] as string | undefined ?? env[`FUZZ_${name.toUpperCase()}`];
  const path = text("path");
  return {
    cases: whole(text("cases"), { name: "cases", min: 1, otherwise: DEFAULT_CASES }),
    seed: whole(text("seed"), { name: "seed", min: -(2 ** 31), otherwise: otherwise.seed }),
    workers: whole(text("workers"), { name: "workers", min: 1, otherwise: otherwise.workers }),
    targets: targetsOf(text("target"), otherwise.targets),
    ...(path !== undefined && { path }),
  };
}

function whole(
  text: string | undefined,
  { name, min, otherwise }: { name: string; min: number; otherwise: number },
): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value) && value >= min && value < 2 ** 31) {
    return value;
  }
  throw new RangeError(`--${name} is "${text}", must be a whole number from ${min}`);
}

function targetsOf(name: string | undefined, all: readonly string[]): readonly string[] {
  if (name === undefined) return all;
  if (all.includes(name)) return [name];
  throw new RangeError(`--target is "${name}", must be one of ${all.join(", ")}`);
}
