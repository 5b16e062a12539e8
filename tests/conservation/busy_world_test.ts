/**
 * Programs write and rotate their logs while the collector is between any two of its steps in the file
 * system, and it is killed at commits: each line arrives once, and the ledger counts nothing, as
 * nothing was destroyed.
 */

import assert from "node:assert/strict";
import { type BusyOptions, BusyWorld } from "./support/busy_world.ts";

const WORLDS = [
  { seed: 1, rounds: 2, density: 0.01 },
  { seed: 12, rounds: 2, density: 0.03, ticks: 0.1 },
];
const ROTATED = [
  "numbers_followed",
  "numbers_beside",
  "dates_beside",
  "dates_followed",
  "old_beside",
  "compressed",
  "copied_followed",
  "copied_beside",
  "linked",
  "linked_renumbered",
];

/** In which a line was lost once: a link got two other targets between its opening and the look at where it leads. */
const LOST_ONCE: Record<string, BusyOptions[]> = {
  linked: [{ rotation: "linked", seed: 367, rounds: 2, density: 0.02 }],
};

for (const rotation of ROTATED) {
  Deno.test(`every line arrives once while ${rotation} happens between any two steps`, async () => {
    const worlds = WORLDS.map((options) => ({ rotation, ...options }));
    for (const options of [...worlds, ...LOST_ONCE[rotation] ?? []]) {
      const world = new BusyWorld(options);
      await using _folder = world.folder;
      await world.live();
      assert.deepEqual(world.verdict(), [], `seed ${options.seed}:\n${world.steps.join("\n")}`);
    }
  });
}
