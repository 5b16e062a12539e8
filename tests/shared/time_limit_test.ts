import assert from "node:assert/strict";
import { TimeLimit } from "../../src/shared/time_limit.ts";
import { MemoryClock } from "../support/fake_clock.ts";

Deno.test("TimeLimit ends the work when its time is up, and says so", async () => {
  const clock = new MemoryClock();
  using limit = new TimeLimit(1_500, { clock, signal: new AbortController().signal });
  await clock.advance(1_499);
  assert.deepEqual([limit.signal.aborted, limit.isUp], [false, false]);
  await clock.advance(1);
  assert.equal(limit.isUp, true);
  assert.equal(limit.signal.reason, limit.timeout);
  assert.equal(limit.timeout.message, "timed out after 1.5 s");
});

Deno.test("TimeLimit ends the work with the signal from outside, which is no time that is up", () => {
  const outside = new AbortController();
  using limit = new TimeLimit(1_000, { clock: new MemoryClock(), signal: outside.signal });
  outside.abort("stop");
  assert.deepEqual([limit.signal.reason, limit.isUp], ["stop", false]);
});

Deno.test("TimeLimit of work that is over leaves nothing behind", async () => {
  const clock = new MemoryClock();
  const outside = new AbortController();
  const limit = new TimeLimit(1_000, { clock, signal: outside.signal });
  limit[Symbol.dispose]();
  assert.equal(clock.nextWakeIn(), undefined);
  outside.abort("stop");
  await clock.advance(2_000);
  assert.deepEqual([limit.signal.aborted, limit.isUp], [false, false]);
});
