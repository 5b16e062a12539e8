import assert from "node:assert/strict";
import fc from "fast-check";
import { tryTarget } from "./run_target.ts";
import type { FuzzTarget } from "./target.ts";

/** Refuses numbers that are large. */
function targetWith(seen: number[], closed: string[] = []): FuzzTarget {
  return {
    about: "",
    weight: 1,
    open: () => ({
      property: fc.property(fc.nat(), (number) => {
        seen.push(number);
        assert.ok(number < 1_000_000, "too large");
      }),
      close: () => void closed.push("closed"),
    }),
  };
}

Deno.test("tryTarget() tells the smallest case that fails, and how to try it again", async () => {
  const closed: string[] = [];
  const trial = { name: "numbers", cases: 100, seed: 5 };
  const failure = await tryTarget(targetWith([], closed), trial);
  assert.match(
    failure ?? "",
    /^numbers failed; once more: deno task fuzz --target numbers --seed 5/,
  );
  assert.match(failure ?? "", /\ncase: \[1000000\]\n.*too large/);
  assert.deepEqual(closed, ["closed"]);
  const path = / --path (\S+)/.exec(failure ?? "")?.[1] ?? "";
  const again: number[] = [];
  await tryTarget(targetWith(again), { ...trial, path });
  assert.equal(again[0], 1_000_000);
});

Deno.test("tryTarget() tries the same cases for the same seed", async () => {
  const runs: number[][] = [[], [], []];
  for (const [index, seed] of [7, 7, 8].entries()) {
    await tryTarget(targetWith(runs[index] ?? []), { name: "numbers", cases: 5, seed });
  }
  assert.deepEqual(runs[0], runs[1]);
  assert.notDeepEqual(runs[0], runs[2]);
});
