/**
 * Whatever rotates a log and whatever happens to the collector meanwhile: each line arrives once, or
 * the ledger says what did not.
 */

import assert from "node:assert/strict";
import { RotationMachine } from "./support/rotation_machine.ts";

const SEEDS = 6;
const STEPS = 40;

for (const location of ["app.log"]) {
  for (
    const scheme of ["numbers", "numbers before the ending", "dates", "copy and truncate"] as const
  ) {
    Deno.test(`every line of ${location} arrives once, whatever happens (rotated by ${scheme})`, async () => {
      await Promise.all(Array.from({ length: SEEDS }, async (_, seed) => {
        const machine = new RotationMachine(seed + 1, { scheme, location, banner: seed % 2 === 0 });
        await using folder = machine.folder;
        await machine.live(STEPS);
        assert.ok(folder.sink.lines.length > 0);
        const nothing = { missing: [], doubled: [], foreign: [] };
        assert.deepEqual(machine.account(), nothing, `seed ${seed}\n${machine.steps.join("\n")}`);
      }));
    });
  }
}
