import assert from "node:assert/strict";
import { TimerWheel } from "../../../src/manager/keep_alive/timer_wheel.ts";

const SPAN_MS = 60_000;
const START_MS = 1_000_000;

function wheelAt(nowMs = START_MS): TimerWheel {
  return new TimerWheel({ spanMs: SPAN_MS, nowMs });
}

/** Everything that is due at `nowMs`. */
function allDue(wheel: TimerWheel, nowMs: number): number[] {
  const due: number[] = [];
  for (let thing = wheel.takeDue(nowMs); thing !== undefined; thing = wheel.takeDue(nowMs)) {
    due.push(thing);
  }
  return due.sort((a, b) => a - b);
}

Deno.test("TimerWheel gives each thing once, never early and at most one tick late", () => {
  const wheel = wheelAt();
  const dueMs = new Map<number, number>();
  for (let thing = 0; thing < 5_000; thing++) {
    dueMs.set(thing, START_MS + 1 + (thing * 7_919) % SPAN_MS);
    wheel.put(thing, dueMs.get(thing) ?? 0);
  }
  for (let nowMs = START_MS; dueMs.size > 0; nowMs += wheel.tickMs) {
    assert.ok(nowMs <= START_MS + SPAN_MS + 2 * wheel.tickMs, "something was lost");
    for (const thing of allDue(wheel, nowMs)) {
      const due = dueMs.get(thing);
      assert.ok(due !== undefined, "twice");
      assert.ok(due <= nowMs && nowMs - due < 2 * wheel.tickMs, `${due} at ${nowMs}`);
      dueMs.delete(thing);
    }
  }
  assert.equal(wheel.nextDueMs(), undefined);
});

Deno.test("TimerWheel: a thing that is put in again comes out at the new time only", () => {
  const wheel = wheelAt();
  wheel.put(3, START_MS + 10_000);
  wheel.put(3, START_MS + 40_000);
  assert.deepEqual(allDue(wheel, START_MS + 39_000), []);
  wheel.put(3, START_MS + 50_000);
  wheel.put(3, START_MS + 45_000);
  assert.deepEqual(allDue(wheel, START_MS + 49_000), [3]);
  assert.deepEqual(allDue(wheel, START_MS + 2 * SPAN_MS), []);
});

Deno.test("TimerWheel: what is taken out never comes", () => {
  const wheel = wheelAt();
  for (const thing of [1, 2, 3]) wheel.put(thing, START_MS + 5_000);
  wheel.remove(2);
  wheel.remove(2);
  wheel.remove(70_000);
  assert.deepEqual(allDue(wheel, START_MS + 6_000), [1, 3]);
});

Deno.test("TimerWheel.nextDueMs() is the time at which takeDue() gives something", () => {
  const wheel = wheelAt();
  wheel.put(1, START_MS + 20_000);
  wheel.put(2, START_MS + 30_000);
  const next = wheel.nextDueMs() ?? 0;
  assert.ok(next >= START_MS + 20_000 && next < START_MS + 20_000 + wheel.tickMs);
  assert.equal(wheel.takeDue(next - 1), undefined);
  assert.equal(wheel.takeDue(next), 1);
});

Deno.test("TimerWheel goes on after a pause longer than its whole ring", () => {
  const wheel = wheelAt();
  wheel.put(1, START_MS + 1_000);
  const later = START_MS + 50 * SPAN_MS;
  assert.deepEqual(allDue(wheel, later), [1]);
  wheel.put(1, later + 1_000);
  assert.deepEqual(allDue(wheel, later + 900), []);
  assert.deepEqual(allDue(wheel, later + 1_000 + wheel.tickMs), [1]);
});

Deno.test("TimerWheel: what is due already comes with the next tick", () => {
  const wheel = wheelAt();
  wheel.put(1, START_MS - 5_000);
  assert.deepEqual(allDue(wheel, START_MS + wheel.tickMs), [1]);
});

Deno.test("TimerWheel: what is put in for later than the span comes early, but not before the span", () => {
  const wheel = wheelAt();
  wheel.put(1, START_MS + 10 * SPAN_MS);
  assert.deepEqual(allDue(wheel, START_MS + SPAN_MS), []);
  assert.deepEqual(allDue(wheel, START_MS + 2 * SPAN_MS), [1]);
});
