/**
 * Whatever rotates a log and whatever happens to the collector meanwhile: each line arrives once, or
 * the ledger says what did not.
 */

import assert from "node:assert/strict";
import { RotationMachine } from "./support/rotation_machine.ts";

const SEEDS = 6;
const STEPS = 40;
const KEPT = [
  "numbers",
  "numbers before the ending",
  "dates",
  "copy and truncate",
  "slow copy and truncate",
  "old",
  "compressed",
  "link to dated files",
] as const;

for (const location of ["app.log", "app*log*"]) {
  for (const scheme of KEPT) {
    Deno.test(`every line of ${location} arrives once, whatever happens (rotated by ${scheme})`, async () => {
      await Promise.all(Array.from({ length: SEEDS }, async (_, index) => {
        const seed = index + 1;
        const machine = new RotationMachine(seed, { scheme, location, banner: seed % 2 === 0 });
        await using folder = machine.folder;
        await machine.live(STEPS);
        assert.ok(folder.sink.lines.length > 0);
        assert.deepEqual(machine.verdict(), [], `seed ${seed}\n${machine.steps.join("\n")}`);
      }));
    });
  }
}
