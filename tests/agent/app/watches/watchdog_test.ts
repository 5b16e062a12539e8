import assert from "node:assert/strict";
import { Watchdog, type WatchedPart } from "../../../../src/agent/app/watches/watchdog.ts";
import type { Progress } from "../../../../src/shared/protocol/part_status.ts";
import { settle } from "../../../support/fake_clock.ts";

/** A part that stands as a test says. */
class ScriptedPart implements WatchedPart {
  readonly name = "stream stateless";
  now: Progress = { mark: "1", waitsFor: "an answer", mayWait: false };
  rebuilds = 0;
  onRebuild: () => Promise<void> = () => Promise.resolve();

  progress(): Progress {
    return this.now;
  }

  async rebuild(): Promise<void> {
    this.rebuilds++;
    await this.onRebuild();
  }
}

/** A clock on which nobody sleeps, so that moving it takes no time. */
class BareClock {
  #elapsedMs = 0;

  now(): number {
    return Date.UTC(2026, 0, 1) + this.#elapsedMs;
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  sleep(): Promise<void> {
    return Promise.reject(new Error("nobody sleeps here"));
  }

  advance(durationMs: number): void {
    this.#elapsedMs += durationMs;
  }
}

function watch(timeoutMs: () => number) {
  const clock = new BareClock();
  const part = new ScriptedPart();
  const watchdog = new Watchdog([part], { clock, timeoutMs });
  watchdog.check();
  /** Looks once a second, as the housekeeping does. */
  const pass = async (seconds: number, eachSecond = () => {}) => {
    for (let second = 0; second < seconds; second++) {
      clock.advance(1_000);
      eachSecond();
      watchdog.check();
      await settle("timer", 1);
    }
  };
  const only = () => {
    const [report] = watchdog.status();
    if (report === undefined) throw new Error("nothing is watched");
    return report;
  };
  return { clock, part, watchdog, pass, only };
}

Deno.test("a part without progress is rebuilt after the timeout, and said to be stuck until it gets on", async () => {
  const { part, pass, only, clock } = watch(() => 10_000);
  await pass(9);
  assert.deepEqual([part.rebuilds, only().stalled_since], [0, null]);
  const since = new Date(clock.now() - 9_000).toISOString();
  await pass(1);
  assert.equal(part.rebuilds, 1);
  const rebuilt_at = new Date(clock.now()).toISOString();
  assert.deepEqual(only(), {
    part: "stream stateless",
    waits_for: "an answer",
    stalled_since: since,
    rebuilds: 1,
    rebuilt_at,
    rebuilt_for: "an answer",
  });
  part.now = { mark: "2", waitsFor: "events", mayWait: true };
  await pass(1);
  assert.deepEqual([only().stalled_since, only().waits_for, only().rebuilds], [null, "events", 1]);
  assert.equal(only().rebuilt_for, "an answer");
});

Deno.test("a part that gets on, or waits for what may take its time, is left alone", async () => {
  const { part, pass } = watch(() => 10_000);
  let round = 1;
  await pass(40, () => part.now = { ...part.now, mark: `${round++}` });
  part.now = { mark: "same", waitsFor: "room in the queue", mayWait: true };
  await pass(40);
  assert.equal(part.rebuilds, 0);
});

Deno.test("time in which nobody looked is not counted against a part", () => {
  const { part, clock, watchdog } = watch(() => 10_000);
  clock.advance(3_600_000);
  watchdog.check();
  assert.equal(part.rebuilds, 0);
  clock.advance(3_600_000);
  watchdog.check();
  assert.equal(part.rebuilds, 1);
});

Deno.test("a part that stays stuck is rebuilt again after waits that double", async () => {
  const { part, pass } = watch(() => 4_000);
  const atSecond: number[] = [];
  let second = 0;
  await pass(30, () => {
    second++;
    if (part.rebuilds > atSecond.length) atSecond.push(second - 1);
  });
  assert.deepEqual(atSecond, [4, 8, 16]);
});

Deno.test("a part is not rebuilt while it is being rebuilt", async () => {
  const { part, pass } = watch(() => 2_000);
  part.onRebuild = () => new Promise(() => {});
  await pass(20);
  assert.equal(part.rebuilds, 1);
});

Deno.test("a part that cannot be rebuilt is tried again", async () => {
  const { part, pass, only } = watch(() => 2_000);
  part.onRebuild = () => Promise.reject(new Error("no"));
  await pass(6);
  assert.ok(part.rebuilds > 1);
  assert.notEqual(only().stalled_since, null);
});

Deno.test("the timeout in force counts", async () => {
  let timeoutMs = 1_000_000;
  const { part, pass } = watch(() => timeoutMs);
  await pass(5);
  timeoutMs = 3_000;
  await pass(1);
  assert.equal(part.rebuilds, 1);
});

Deno.test("a part that two rebuilds in a row did not help is helpless until it gets on", async () => {
  const { part, pass, watchdog } = watch(() => 10_000);
  await pass(39);
  assert.deepEqual([part.rebuilds, watchdog.helpless], [2, undefined]);
  await pass(1);
  assert.deepEqual([part.rebuilds, watchdog.helpless], [3, "stream stateless"]);
  part.now = { ...part.now, mark: "2" };
  await pass(1);
  assert.equal(watchdog.helpless, undefined);
});
