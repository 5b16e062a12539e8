/**
 * An order has a time to begin in. Its sender tells a failure when that is over, so it must not be run after that.
 */
import assert from "node:assert/strict";
import { order } from "./support/journals.ts";
import { Hand, RunnerScene } from "./support/runners.ts";
import type { AskStart } from "../../../src/agent/commands/start_permit.ts";
import { settle } from "../../support/fake_clock.ts";

const LATE = "not started in time";

Deno.test("a command says that it has begun (code 2) before it says how it ended", async () => {
  using scene = new RunnerScene();
  const hand = new Hand("work");
  const runner = await scene.begin(hand);
  await runner.accept([order("a")]);
  await settle("loop");
  assert.deepEqual(await scene.told(), [{ id: "a", code: 2, message: "started", data: "" }]);
  hand.end("a");
  assert.deepEqual(await scene.results(), [["a", 0, "done"]]);
  await scene.end();
});

Deno.test("a command that waits behind another for longer than its time is not begun, and told at once", async () => {
  using scene = new RunnerScene();
  const hand = new Hand("work");
  const runner = await scene.begin(hand);
  await runner.accept([order("long", "work", {}, 30), order("short", "work", {}, 10)]);
  await settle("loop");
  await scene.clock.advance(9_999);
  assert.deepEqual(await scene.results(), []);
  await scene.clock.advance(1);
  assert.deepEqual(await scene.results(), [["short", 3, LATE]]);
  assert.deepEqual(runner.status(), { received: 0, running: 1, succeeded: 0, failed: 1 });
  await runner.accept([order("short", "work", {}, 10)]);
  hand.end("long");
  assert.deepEqual((await scene.results()).at(-1), ["long", 0, "done"]);
  assert.deepEqual(hand.ids, ["long"], "it is not run when it comes again either");
  await scene.end();
});

Deno.test("a server that waits for less than the time limit says so by start_within", async () => {
  using scene = new RunnerScene();
  const hand = new Hand("work");
  const runner = await scene.begin(hand);
  const offered = { ...order("b", "work", {}, 60), start_within: 2.5 };
  await runner.accept([order("a", "work", {}, 60), offered]);
  await settle("loop");
  await scene.clock.advance(2_500);
  assert.deepEqual(await scene.results(), [["b", 3, LATE]]);
  const over = { ...order("c", "other", {}, 60), start_within: 0 };
  await runner.accept([over]);
  assert.deepEqual(await scene.results(), [["c", 3, LATE]]);
  await scene.end();
});

for (const [direction, jumpMs] of [["ahead", 86_400_000], ["back", -86_400_000]] as const) {
  Deno.test(`a wall clock that jumps ${direction} changes nothing for a command that waits`, async () => {
    using scene = new RunnerScene();
    const hand = new Hand("work");
    const runner = await scene.begin(hand);
    await runner.accept([order("a", "work", {}, 60), order("b", "work", {}, 10)]);
    await settle("loop");
    await scene.clock.advance(5_000);
    scene.clock.jumpTo(scene.clock.now() + jumpMs);
    hand.end("a");
    await settle("loop");
    assert.deepEqual(hand.ids, ["a", "b"]);
    hand.end("b");
    await scene.end();
  });
}

Deno.test("a command that the process before left waiting is not begun when its time passed meanwhile", async () => {
  using scene = new RunnerScene();
  await scene.journal.receive([order("late", "work", {}, 10), order("fine", "work", {}, 60)]);
  scene.reopen();
  scene.clock.jumpTo(scene.clock.now() + 20_000);
  const hand = new Hand("work");
  await scene.begin(hand);
  assert.deepEqual(hand.ids, ["fine"]);
  assert.deepEqual(await scene.results(), [["late", 3, LATE]]);
  hand.end("fine");
  await scene.end();
});

Deno.test("a wall clock that was set back makes no recovered command young again", async () => {
  using scene = new RunnerScene();
  await scene.journal.receive([order("late", "work", {}, 10)]);
  await scene.clock.advance(30_000);
  await scene.journal.tidy();
  scene.reopen();
  scene.clock.jumpTo(scene.clock.now() - 86_400_000);
  const hand = new Hand("work");
  await scene.begin(hand);
  assert.deepEqual(hand.ids, []);
  assert.deepEqual(await scene.results(), [["late", 3, LATE]]);
  await scene.end();
});

/** An order whose sender wants to be asked before it begins. */
function asking(id: string, timeout: number) {
  return { ...order(id, "work", {}, timeout), confirm_start: true };
}

/** Says `granted` once, as late as `delayMs` after it was asked. */
function slowly(
  scene: RunnerScene,
  { delayMs, timeLeftMs }: { delayMs: number; timeLeftMs: number },
): AskStart {
  return async () => {
    await scene.clock.sleep(delayMs);
    return { kind: "granted", timeLeftMs };
  };
}

Deno.test("a command begins only once its sender has said that it may, and ends while that waits", async () => {
  using scene = new RunnerScene();
  const hand = new Hand("work");
  scene.askStart = slowly(scene, { delayMs: 2_000, timeLeftMs: 8_000 });
  const runner = await scene.begin(hand);
  await runner.accept([asking("a", 10)]);
  await scene.clock.advance(1_999);
  assert.deepEqual(hand.ids, []);
  await scene.clock.advance(1);
  assert.deepEqual(hand.ids, ["a"]);
  await scene.clock.advance(5_999);
  assert.deepEqual(await scene.results(), []);
  await scene.clock.advance(1);
  hand.end("a");
  assert.deepEqual(await scene.results(), [["a", 3, "timed out after 6 s"]]);
  await scene.end();
});

Deno.test("a command whose sender has given it up, or says yes too late, is not run", async () => {
  for (
    const [what, answer] of [
      ["given up", () => Promise.resolve({ kind: "refused" } as const)],
      ["never heard", () => new Promise<never>(() => {})],
      ["unreachable", () => Promise.resolve({ kind: "retry" } as const)],
    ] as const
  ) {
    using scene = new RunnerScene();
    const hand = new Hand("work");
    scene.askStart = answer;
    const runner = await scene.begin(hand);
    await runner.accept([asking("a", 10)]);
    await settle("loop");
    for (let second = 0; second < 11; second++) await scene.clock.advance(1_000);
    assert.deepEqual([hand.ids, await scene.results()], [[], [["a", 3, LATE]]], what);
    await scene.end();
  }
  using scene = new RunnerScene();
  const hand = new Hand("work");
  scene.askStart = slowly(scene, { delayMs: 6_000, timeLeftMs: 5_000 });
  const runner = await scene.begin(hand);
  await runner.accept([asking("a", 10)]);
  await scene.clock.advance(6_000);
  assert.deepEqual([hand.ids, await scene.results()], [[], [["a", 3, LATE]]], "told meanwhile");
  await scene.end();
});

Deno.test("a sender that does not know the question is not waited for, and one that was not heard is asked by the next start", async () => {
  using scene = new RunnerScene();
  scene.askStart = (_, signal) =>
    new Promise((_resolve, reject) => signal.addEventListener("abort", reject));
  const first = await scene.begin(new Hand("work"));
  await first.accept([asking("a", 60)]);
  await scene.end();
  scene.reopen();
  const asked: string[] = [];
  const hand = new Hand("work");
  scene.askStart = (id) => {
    asked.push(id);
    return Promise.resolve({ kind: "unsupported" });
  };
  await scene.begin(hand);
  await settle("loop");
  assert.deepEqual([asked, hand.ids], [["a"], ["a"]]);
  hand.end("a");
  await scene.end();
});
