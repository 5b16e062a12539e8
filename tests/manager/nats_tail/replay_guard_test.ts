import assert from "node:assert/strict";
import { ReplayGuard } from "../../../src/manager/nats_tail/replay_guard.ts";

Deno.test("ReplayGuard tells next, late and repeated numbers and gaps apart, for each node", () => {
  const guard = new ReplayGuard();
  const kinds = [10, 11, 14, 12, 12, 13, 14, 9, 15].map((number) => guard.see("a", number).kind);
  assert.deepEqual(kinds, [
    "next",
    "next",
    "gap",
    "late",
    "repeated",
    "late",
    "repeated",
    "repeated",
    "next",
  ]);
  assert.equal(guard.see("b", 10).kind, "next");
});

Deno.test("ReplayGuard takes a missing number that it no longer remembers for repeated", () => {
  const guard = new ReplayGuard();
  for (let number = 0; number <= 2_002; number += 2) guard.see("a", number);
  assert.equal(guard.see("a", 1).kind, "repeated");
  assert.equal(guard.see("a", 2_001).kind, "late");
});
