import assert from "node:assert/strict";
import { untilNextScan } from "../../../../src/agent/modules/fim/schedule.ts";

const HOUR = 3_600_000;
const NOW = new Date(2026, 10, 25, 4, 0).getTime();

function until(facts: Partial<Parameters<typeof untilNextScan>[0]>): number {
  return untilNextScan({
    interval: 12 * HOUR,
    scanAt: "",
    nowMs: NOW,
    lastMs: undefined,
    ...facts,
  }) / HOUR;
}

Deno.test("untilNextScan: an interval after the last scan, at once when that is over", () => {
  assert.equal(until({ lastMs: NOW - 5 * HOUR }), 7);
  assert.equal(until({ lastMs: NOW - 50 * HOUR }), 0);
  assert.equal(until({}), 0);
});

Deno.test("untilNextScan: a clock that was set back makes it no longer than the interval", () => {
  assert.equal(until({ lastMs: NOW + 500 * HOUR }), 12);
});

Deno.test("untilNextScan: a time of day is the next one of it", () => {
  assert.equal(until({ scanAt: "05:30" }), 1.5);
  assert.equal(until({ scanAt: "03:00" }), 23);
  assert.equal(until({ scanAt: "04:00" }), 24);
});
