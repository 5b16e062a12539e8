import assert from "node:assert/strict";
import { RateLimit } from "../../../../../src/agent/modules/logcollector/formats/rate_limit.ts";

const admitted = (limit: RateLimit, nowMs: number, tries: number) =>
  Array.from({ length: tries }, () => limit.admits(1, nowMs)).filter(Boolean).length;

Deno.test("RateLimit that drops admits what one second brings, and no more after a pause", () => {
  const limit = new RateLimit(10, { over: "drop", sampleEvery: 10 });
  assert.equal(admitted(limit, 0, 100), 10);
  assert.equal(admitted(limit, 500, 100), 5);
  assert.equal(admitted(limit, 60_000, 100), 10);
});

Deno.test("RateLimit that samples admits every so manieth beyond the rate", () => {
  const limit = new RateLimit(10, { over: "sample", sampleEvery: 10 });
  assert.equal(admitted(limit, 0, 110), 20);
});

Deno.test("RateLimit that waits says so once its second is used up, and lets an event end that has begun", () => {
  const limit = new RateLimit(10, { over: "wait", sampleEvery: 10 });
  assert.equal(limit.mustWait(0), false);
  assert.equal(limit.admits(25, 0), true);
  assert.deepEqual([limit.mustWait(0), limit.mustWait(1_500), limit.mustWait(1_600)], [
    true,
    true,
    false,
  ]);
});
