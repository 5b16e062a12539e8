/**
 * Whatever rotates a log and whatever happens to the collector meanwhile: each line arrives once, or
 * the ledger says what did not.
 */

import assert from "node:assert/strict";
import { RotationMachine, type Scheme, SCHEMES } from "./support/rotation_machine.ts";

const SEEDS = 6;

/** One life of a {@linkcode RotationMachine}. */
interface Life {
  seed: number;
  scheme: Scheme;
  location: string;
  banner: boolean;
  steps: number;
}

/** Lives in which something was lost or came in halves once. */
const FOUND: readonly Life[] = [
  {
    seed: 103,
    scheme: "numbers before the ending",
    location: "app.log",
    banner: false,
    steps: 60,
  },
  {
    seed: 24,
    scheme: "slow copy and truncate",
    location: "app*log*",
    banner: true,
    steps: 60,
  },
];

async function verdictOf({ seed, steps, ...options }: Life): Promise<string[]> {
  const machine = new RotationMachine(seed, options);
  await using folder = machine.folder;
  await machine.live(steps);
  assert.ok(folder.sink.lines.length > 0);
  const told = [options.scheme, `seed ${seed}`].join(", ");
  return machine.verdict().map((problem) => `${told}: ${problem}\n${machine.steps.join("\n")}`);
}

for (const location of ["app.log", "app*log*"]) {
  Deno.test(`every line of ${location} arrives once, however it is rotated and whatever happens`, async () => {
    const runs = SCHEMES.flatMap((scheme) =>
      Array.from(
        { length: SEEDS },
        (_, index) =>
          verdictOf({ seed: index + 1, scheme, location, banner: index % 2 === 1, steps: 40 }),
      )
    );
    assert.deepEqual((await Promise.all(runs)).flat(), []);
  });
}

Deno.test("every line arrives once in the lives in which one did not", async () => {
  assert.deepEqual((await Promise.all(FOUND.map(verdictOf))).flat(), []);
});
