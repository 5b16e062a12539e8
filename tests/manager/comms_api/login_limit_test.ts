import assert from "node:assert/strict";
import { v7 } from "uuid";
import { LoginLimit } from "../../../src/manager/comms_api/login_limit.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { assertRefused, KEY, TestManager } from "../harness.ts";

/** Takes `count` log-ins; gives how many were told each wait, by the wait. */
function waits(limit: LoginLimit, count: number): Record<number, number> {
  const told: Record<number, number> = {};
  for (let index = 0; index < count; index++) {
    const wait = limit.take();
    told[wait] = (told[wait] ?? 0) + 1;
  }
  return told;
}

Deno.test("login limit lets one second's worth pass and spreads the others", () => {
  const limit = new LoginLimit({ clock: new FakeClock(), loginRate: 100 });
  assert.deepEqual(waits(limit, 350), { 0: 100, 1: 100, 2: 100, 3: 50 });
});

Deno.test("login limit lets all of them pass who come again when they were told to", async () => {
  const clock = new FakeClock();
  const limit = new LoginLimit({ clock, loginRate: 100 });
  const told = waits(limit, 350);
  for (const second of [1, 2, 3]) {
    await clock.advance(1_000);
    assert.deepEqual(waits(limit, told[second] ?? 0), { 0: told[second] });
  }
});

Deno.test("login limit saves up no more than one second's worth", async () => {
  const clock = new FakeClock();
  const limit = new LoginLimit({ clock, loginRate: 10 });
  await clock.advance(3_600_000);
  assert.deepEqual(waits(limit, 11), { 0: 10, 1: 1 });
});

Deno.test("login limit tells nobody to wait longer than a minute", () => {
  const limit = new LoginLimit({ clock: new FakeClock(), loginRate: 1 });
  waits(limit, 1_000);
  assert.equal(limit.take(), 60);
});

Deno.test("login limit goes on when the clock is set back", async () => {
  const clock = new FakeClock();
  const limit = new LoginLimit({ clock, loginRate: 10 });
  waits(limit, 10);
  clock.jumpTo(0);
  assert.equal(limit.take(), 1);
  await clock.advance(1_000);
  assert.equal(limit.take(), 0);
});

Deno.test("login limit of 0 is none", () => {
  const limit = new LoginLimit({ clock: new FakeClock(), loginRate: 0 });
  assert.deepEqual(waits(limit, 10_000), { 0: 10_000 });
});

Deno.test("a log-in beyond the rate is answered 429 with Retry-After, and passes later", async () => {
  await using test = await TestManager.open({ loginRate: 1 });
  const answer = await test.logIn(test.agentId, KEY);
  assert.equal(answer.headers.get("Retry-After"), "1");
  await assertRefused(answer, 429, "Too many log-ins, come again later");
  await test.clock.advance(1_000);
  assert.equal((await test.logIn(test.agentId, KEY)).status, 200);
});

Deno.test("wrong credentials take no log-ins away from right ones", async () => {
  await using test = await TestManager.open({ loginRate: 1 });
  await test.clock.advance(1_000);
  for (let index = 0; index < 3; index++) {
    assert.equal((await test.logIn(v7(), KEY)).status, 403);
    assert.equal((await test.logIn(test.agentId, "wrong")).status, 401);
  }
  assert.equal((await test.logIn(test.agentId, KEY)).status, 200);
});
