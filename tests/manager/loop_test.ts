import assert from "node:assert/strict";
import { Loop } from "../../src/manager/loop.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";

Deno.test("Loop does a step when its time comes, and when it is woken", async () => {
  const clock = new FakeClock();
  let steps = 0;
  const loop = new Loop({ clock, name: "count", step: () => ++steps < 3 ? 1_000 : undefined });
  loop.start();
  await settle();
  assert.equal(steps, 1);
  await clock.advance(999);
  assert.equal(steps, 1);
  await clock.advance(1);
  assert.equal(steps, 2);
  loop.wake();
  await settle();
  assert.equal(steps, 3);
  await clock.advance(1_000_000);
  assert.equal(steps, 3);
  await loop.stop();
  assert.equal(clock.nextWakeIn(), undefined);
});

Deno.test("Loop misses no wake that comes during a step", async () => {
  let steps = 0;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const loop = new Loop({ clock: new FakeClock(), name: "wait", step: () => (steps++, promise) });
  loop.start();
  loop.wake();
  resolve(undefined);
  await settle();
  assert.equal(steps, 2);
  await loop.stop();
});

Deno.test("Loop does a step that failed again a second later", async () => {
  const clock = new FakeClock();
  let steps = 0;
  const step = () => {
    if (++steps === 1) throw new Error("no");
    return undefined;
  };
  const loop = new Loop({ clock, name: "fail once", step });
  loop.start();
  await clock.advance(999);
  assert.equal(steps, 1);
  await clock.advance(1);
  assert.equal(steps, 2);
  await loop.stop();
});
