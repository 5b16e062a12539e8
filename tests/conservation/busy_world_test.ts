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
  "compressed_at_once",
  "copied_followed",
  "copied_beside",
  "linked",
  "linked_renumbered",
];

/** In which lines were lost once, or told to be. */
const LOST_ONCE: Record<string, BusyOptions[]> = {
  // A link got two other targets between its opening and the look at where it leads.
  linked: [{ rotation: "linked", seed: 367, rounds: 2, density: 0.02 }],
  // A compressed file was passed over, as its original was open; a kill ended that one unread.
  compressed: [{ rotation: "compressed", seed: 39, rounds: 1, density: 0.06 }],
  compressed_at_once: [
    { rotation: "compressed_at_once", seed: 20, rounds: 3, density: 0.03, ticks: 0.1 },
    // What was compressed after the newest known file, which was compressed itself, was not looked for.
    { rotation: "compressed_at_once", seed: 1013, rounds: 1, density: 0.03, ticks: 0.1 },
    // A file got the inode of one of which a compressed file was a copy.
    { rotation: "compressed_at_once", seed: 2005, rounds: 2, density: 0.005, ticks: 0.02 },
  ],
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
