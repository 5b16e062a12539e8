/**
 * The options of `deno task faults`.
 *
 * @module
 */

import { parseArgs } from "node:util";

/** What a run does. */
export interface FaultsOptions {
  minutes: number;
  agents: number;
  /** The same one strikes the same faults in the same order. */
  seed: number;
  /** Names of the only faults there are to be; empty for all. */
  only: readonly string[];
  /** Where logs and what was found are kept; without it only a run that fails keeps them. */
  keep: string | undefined;
}

/** Reads `args`. @throws TypeError that names an option which is none */
export function readOptions(args: string[]): FaultsOptions {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: "string", default: "1" },
      agents: { type: "string", default: "50" },
      seed: { type: "string", default: String(Math.floor(Math.random() * 1e9)) },
      only: { type: "string", default: "" },
      keep: { type: "string" },
    },
  });
  return {
    minutes: numberIn(values, "minutes"),
    agents: numberIn(values, "agents"),
    seed: numberIn(values, "seed"),
    only: values.only === "" ? [] : values.only.split(","),
    keep: values.keep,
  };
}

function numberIn<Name extends string>(values: Readonly<Record<Name, string>>, name: Name): number {
  const value = Number(values[name]);
  if (!(value > 0)) throw new TypeError(`--${name} must be a number above 0: "${values[name]}"`);
  return value;
}
