import assert from "node:assert/strict";
import { monitorClock } from "../../../src/manager/keep_alive/monitor_clock.ts";

Deno.test("monitorClock() says the same time of day whenever it is asked, until the clock is set", () => {
  let ms = 0;
  let aheadMs = 1_000_000;
  const clock = monitorClock({
    now: () => Math.floor(ms + aheadMs),
    monotonic: () => ms,
    sleep: () => Promise.resolve(),
  });
  const seen = new Set<number>();
  for (; ms < 5; ms += 0.3) seen.add(clock.toWall(1.4));
  assert.deepEqual([...seen], [1_000_001]);
  assert.equal(clock.toWall(clock.fromWall(999_000)), 999_000);
  aheadMs += 3_600_000;
  assert.ok(Math.abs(clock.toWall(1.4) - 4_600_001) <= 1);
});
