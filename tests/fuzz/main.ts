/**
 * Tries odd and hostile input at every border of the agent, the manager and what is built around them.
 *
 *     deno task fuzz [--cases N] [--seed S] [--target NAME [--path PATH]] [--workers N]
 *
 * The seed decides everything: the same one tries the same cases. It is printed first.
 * `FUZZ_CASES`, `FUZZ_SEED`, … stand for the flags.
 *
 * @module
 */

import { availableParallelism } from "node:os";
import { parseOptions } from "./harness/options.ts";
import { shareOut, targetNames } from "./harness/targets.ts";
import { type Tried, tryAll } from "./harness/worker_pool.ts";

const options = parseOptions(Deno.args, Deno.env.toObject(), {
  seed: crypto.getRandomValues(new Int32Array(1))[0] ?? 0,
  workers: Math.min(availableParallelism(), 4),
  targets: targetNames(),
});
const { seed, path } = options;
const shares = await shareOut(options.targets, options.cases);
// Those with few cases take long over each: at the end they would keep one worker busy.
const trials = shares.toSorted((a, b) => a.cases - b.cases).map((share) => ({
  ...share,
  seed,
  ...(path !== undefined && { path }),
}));
const all = trials.reduce((sum, { cases }) => sum + cases, 0);
console.log(`Seed ${seed}: ${all} cases over ${trials.length} targets`);

const failures: string[] = [];
await tryAll(trials, {
  workers: options.workers,
  tell({ trial, failure, durationMs }: Tried) {
    const seconds = (durationMs / 1_000).toFixed(1);
    console.log(`${failure ? "FAILED" : "ok"} ${trial.name}: ${trial.cases} cases, ${seconds} s`);
    if (failure !== undefined) failures.push(failure);
  },
});
for (const failure of failures) console.log(`\n${failure}`);
console.log(
  `\n${failures.length === 0 ? "ok" : "FAILED"} | ${trials.length - failures.length} passed | ` +
    `${failures.length} failed, ${all} cases, seed ${seed}`,
);
Deno.exit(failures.length === 0 ? 0 : 1);
