import assert from "node:assert/strict";
import { LoginGuard } from "../../../src/manager/http/login_guard.ts";
import { FakeClock } from "../../support/fake_clock.ts";

function guard(clock = new FakeClock()) {
  return {
    clock,
    guard: new LoginGuard({ clock, loginFailures: 5, loginFailureWindowMs: 60_000 }),
  };
}

Deno.test("LoginGuard refuses an account once too many log-ins failed, and lets it in when its time has come", async () => {
  const { clock, guard: one } = guard();
  const attempt = { account: "user admin", address: "192.0.2.1" };
  for (let count = 0; count < 4; count++) one.failed(attempt);
  assert.equal(one.waitSeconds(attempt), 0);
  one.failed(attempt);
  const wait = one.waitSeconds(attempt);
  assert.equal(wait, 12, "a fifth of the window");
  await clock.advance(wait * 1_000);
  assert.equal(one.waitSeconds(attempt), 0);
});

Deno.test("LoginGuard refuses an account from every address, but not where its password was right", () => {
  const { guard: one } = guard();
  one.succeeded({ account: "user admin", address: "192.0.2.9" });
  for (let count = 0; count < 8; count++) {
    one.failed({ account: "user admin", address: `192.0.2.${count}` });
  }
  assert.ok(one.waitSeconds({ account: "user admin", address: "192.0.2.200" }) > 0);
  assert.equal(one.waitSeconds({ account: "user admin", address: "192.0.2.9" }), 0);
});

Deno.test("LoginGuard counts its share of the limit, however many managers there are", async () => {
  const clock = new FakeClock();
  let managers = 2;
  const options = { clock, loginFailures: 6, loginFailureWindowMs: 60_000 };
  const one = new LoginGuard({ ...options, managers: () => managers });
  const attempt = { account: "user admin", address: "192.0.2.1" };
  for (let count = 0; count < 2; count++) one.failed(attempt);
  assert.equal(one.waitSeconds(attempt), 0);
  one.failed(attempt);
  assert.equal(one.waitSeconds(attempt), 20, "a third of the window");
  managers = 1;
  assert.equal(one.waitSeconds(attempt), 0, "the other manager is gone");
  managers = 100;
  await clock.advance(180_000);
  assert.equal(one.waitSeconds(attempt), 0, "one may fail at each");
});

Deno.test("LoginGuard refuses an address that tries one account after another", () => {
  const { guard: one } = guard();
  const address = "192.0.2.1";
  for (let count = 0; count < 25; count++) one.failed({ account: `user ${count}`, address });
  assert.ok(one.waitSeconds({ account: "user new", address }) > 0);
  assert.equal(one.waitSeconds({ account: "user new", address: "192.0.2.2" }), 0);
});

Deno.test("LoginGuard lets any number fail when that is asked for", () => {
  const clock = new FakeClock();
  const one = new LoginGuard({ clock, loginFailures: 0, loginFailureWindowMs: 60_000 });
  const attempt = { account: "user admin", address: "192.0.2.1" };
  for (let count = 0; count < 1_000; count++) one.failed(attempt);
  assert.equal(one.waitSeconds(attempt), 0);
});
