/**
 * A small share of what `deno task fuzz` tries, from a seed of its own: the same cases each time.
 */

import assert from "node:assert/strict";
import { runTarget } from "./harness/run_target.ts";
import { loadTarget, shareOut, targetNames } from "./harness/targets.ts";

const SEED = 20261125;
const CASES = 2_000;

for (const { name, cases } of await shareOut(targetNames(), CASES)) {
  const { about } = await loadTarget(name);
  Deno.test(`${name}: ${about} (${cases} cases of seed ${SEED})`, async () => {
    const failure = await runTarget({ name, cases, seed: SEED });
    assert.ok(failure === undefined, failure);
  });
}
