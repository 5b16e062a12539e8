import assert from "node:assert/strict";
import { randomFrom } from "../support/random.ts";
import { FAULTS } from "./faults.ts";
import { planOf } from "./plan.ts";

const KINDS = Object.keys(FAULTS);

Deno.test("planOf makes the same plan of the same seed, and another one of another", () => {
  const plan = (seed: number) => planOf(randomFrom(seed), { roomMs: 600_000 });
  assert.deepEqual(plan(1), plan(1));
  assert.notDeepEqual(plan(1), plan(2));
});

Deno.test("planOf has every kind of fault in each round that has room for all", () => {
  const [round = []] = planOf(randomFrom(1), { roomMs: 600_000 });
  assert.deepEqual(round.map(({ name }) => name).toSorted(), KINDS.toSorted());
});

Deno.test("planOf leaves out what has no room in a minute, and over some seeds nothing", () => {
  const struck = new Set<string>();
  for (let seed = 1; seed <= 20; seed++) {
    const rounds = planOf(randomFrom(seed), { roomMs: 60_000 });
    for (const { name } of rounds.flat()) struck.add(name);
    const [round = []] = rounds;
    assert.ok(round.length >= 3 && round.length < KINDS.length, `${round.length} of seed ${seed}`);
  }
  assert.equal(struck.size, KINDS.length);
});

Deno.test("planOf refuses what is no fault, and names those that there are", () => {
  assert.throws(
    () => planOf(randomFrom(1), { roomMs: 60_000, only: ["an earthquake"] }),
    /There is no fault "an earthquake".*a manager is killed/,
  );
});
