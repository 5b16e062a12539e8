import assert from "node:assert/strict";
import { IdleMemory } from "../../../src/agent/app/idle_memory.ts";

Deno.test("look() collects once after each burst, and never during one", () => {
  let collections = 0;
  const memory = new IdleMemory(() => collections++);
  const seen = [
    [0, 0, 0],
    [0, 3_999, 0],
    [0, 4_000, 1],
    [0, 60_000, 1],
    [1, 61_000, 1],
    [2, 70_000, 1],
    [2, 74_000, 2],
    [2, 99_000, 2],
  ];
  for (const [activity = 0, nowMs = 0, expected] of seen) {
    memory.observe(activity, nowMs);
    assert.equal(collections, expected, `at ${nowMs}`);
  }
});
