import assert from "node:assert/strict";
import { ScanTimes } from "../../../src/agent/modules/scan_times.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const HOUR = 3_600_000;
const OPTIONS = { intervalMs: HOUR, scanOnStart: true, spreadMs: 30_000, random: () => 0.5 };

Deno.test("ScanTimes spreads the first scan after a start, and then keeps the interval", async () => {
  const clock = new FakeClock();
  const times = new ScanTimes(clock, OPTIONS);
  assert.equal(times.waitMs, 15_000);
  await clock.advance(15_000);
  assert.equal(times.waitMs, 0);
  times.done();
  assert.deepEqual([times.waitMs, times.nextAtMs], [HOUR, clock.now() + HOUR]);
});

Deno.test("ScanTimes never spreads over more than an interval, and waits for one when a start is no reason to scan", () => {
  const clock = new FakeClock();
  assert.equal(new ScanTimes(clock, { ...OPTIONS, intervalMs: 1_000 }).waitMs, 500);
  assert.equal(new ScanTimes(clock, { ...OPTIONS, scanOnStart: false }).waitMs, HOUR + 15_000);
});

Deno.test("ScanTimes goes on with earlier scans under other options: only what is overdue is scanned at once", async () => {
  const clock = new FakeClock();
  const before = new ScanTimes(clock, OPTIONS);
  before.done();
  await clock.advance(HOUR / 2);
  const longer = new ScanTimes(clock, { ...OPTIONS, intervalMs: 2 * HOUR });
  longer.follow(before);
  assert.equal(longer.waitMs, 1.5 * HOUR);
  const shorter = new ScanTimes(clock, { ...OPTIONS, intervalMs: HOUR / 4 });
  shorter.follow(before);
  assert.equal(shorter.waitMs, 0);
  const first = new ScanTimes(clock, OPTIONS);
  first.follow(new ScanTimes(clock, OPTIONS));
  assert.equal(first.waitMs, 15_000);
});
