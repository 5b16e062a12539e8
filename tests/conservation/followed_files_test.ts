/**
 * Whatever rotates a log and whatever happens to the collector meanwhile: each line arrives once, or
 * the ledger says what did not.
 */

import assert from "node:assert/strict";
import { RotationMachine, type Scheme, SCHEMES } from "./support/rotation_machine.ts";

const SEEDS = 6;
const STEPS = 40;

async function verdictOf(seed: number, scheme: Scheme, location: string): Promise<string[]> {
  const machine = new RotationMachine(seed, { scheme, location, banner: seed % 2 === 0 });
  await using folder = machine.folder;
  await machine.live(STEPS);
  assert.ok(folder.sink.lines.length > 0);
  const steps = machine.steps.join("\n");
  return machine.verdict().map((problem) => `${scheme}, seed ${seed}: ${problem}\n${steps}`);
}

for (const location of ["app.log", "app*log*"]) {
  Deno.test(`every line of ${location} arrives once, however it is rotated and whatever happens`, async () => {
    const runs = SCHEMES.flatMap((scheme) =>
      Array.from({ length: SEEDS }, (_, index) => verdictOf(index + 1, scheme, location))
    );
    assert.deepEqual((await Promise.all(runs)).flat(), []);
  });
}
