import assert from "node:assert/strict";
import { parseOptions } from "./options.ts";

const otherwise = { seed: 9, workers: 2, targets: ["a", "b"] };

Deno.test("parseOptions() takes a flag before its variable before what is used otherwise", () => {
  assert.deepEqual(parseOptions([], {}, otherwise), { ...otherwise, cases: 100_000 });
  const env = { FUZZ_SEED: "-5", FUZZ_CASES: "7", FUZZ_TARGET: "b" };
  const expected = { cases: 8, seed: -5, workers: 2, targets: ["b"], path: "1:2" };
  assert.deepEqual(parseOptions(["--cases", "8", "--path=1:2"], env, otherwise), expected);
});

Deno.test("parseOptions() names the flag that is wrong, and what would be right", () => {
  const wrong: [string[], RegExp][] = [
    [["--cases", "0"], /--cases is "0", must be a whole number from 1/],
    [["--cases", "many"], /--cases is "many"/],
    [["--seed", "1.5"], /--seed is "1.5"/],
    [["--target", "c"], /--target is "c", must be one of a, b/],
    [["--colour"], /--colour/],
  ];
  for (const [args, message] of wrong) {
    assert.throws(() => parseOptions(args, {}, otherwise), message);
  }
});
