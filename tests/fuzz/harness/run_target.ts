/**
 * Tries one target.
 *
 * @module
 */

import fc from "fast-check";
import type { FuzzTarget } from "./target.ts";
import { loadTarget } from "./targets.ts";

/** How a target is tried. */
export interface Trial {
  name: string;
  cases: number;
  seed: number;
  /** Where in the tree of cases to begin, as a failure says it: tries that case again. */
  path?: string;
}

/** Tries the cases of a seed; `onCase` is called before each. Gives what failed, or nothing. */
export async function runTarget(
  trial: Trial,
  onCase?: () => void,
): Promise<string | undefined> {
  return await tryTarget(await loadTarget(trial.name), trial, onCase);
}

/** {@linkcode runTarget} for a target that is loaded. */
export async function tryTarget(
  target: FuzzTarget,
  { name, cases, seed, path }: Trial,
  onCase: () => void = () => {},
): Promise<string | undefined> {
  const { property, close } = await target.open();
  const before = (previous: () => unknown) => {
    onCase();
    return previous();
  };
  try {
    const details = await fc.check(property.beforeEach(before), {
      numRuns: cases,
      seed,
      ...(path !== undefined && { path }),
    });
    return details.failed ? describe(name, details) : undefined;
  } finally {
    await close?.();
  }
}

const MAX_SHOWN = 4_000;

function describe(name: string, details: fc.RunDetails<unknown>): string {
  const { seed, counterexamplePath, counterexample, errorInstance } = details;
  const error = errorInstance instanceof Error ? errorInstance.stack : String(errorInstance);
  return [
    `${name} failed; once more: deno task fuzz --target ${name} --seed ${seed} --path ${counterexamplePath}`,
    `case: ${fc.stringify(counterexample).slice(0, MAX_SHOWN)}`,
    String(error).slice(0, MAX_SHOWN),
  ].join("\n");
}
