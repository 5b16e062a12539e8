/**
 * An order has a time to begin in. Its sender tells a failure when that is over, so it must not be run after that.
 */
import assert from "node:assert/strict";
import { order } from "./support/journals.ts";
import { Hand, RunnerScene } from "./support/runners.ts";
import { settle } from "../../support/fake_clock.ts";

const LATE = "not started in time";

Deno.test("a command says that it has begun (code 2) before it says how it ended", async () => {
  using scene = new RunnerScene();
  const hand = new Hand("work");
  const runner = await scene.begin(hand);
  await runner.accept([order("a")]);
  await settle();
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
  await settle();
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
  await settle();
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
    await settle();
    await scene.clock.advance(5_000);
    scene.clock.jumpTo(scene.clock.now() + jumpMs);
    hand.end("a");
    await settle();
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
