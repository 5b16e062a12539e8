import assert from "node:assert/strict";
import { ReloadRequests } from "../../../src/agent/process/signals.ts";

Deno.test("ReloadRequests keeps a request until somebody listens, and gives it once", () => {
  const reloads = new ReloadRequests();
  reloads.request();
  reloads.request();
  let calls = 0;
  const end = reloads.listen(() => calls++);
  assert.equal(calls, 1);
  reloads.request();
  assert.equal(calls, 2);
  end();
  reloads.request();
  assert.equal(calls, 2);
  reloads.listen(() => calls++);
  assert.equal(calls, 3);
});

Deno.test("ReloadRequests tells the newest listener", () => {
  const reloads = new ReloadRequests();
  const told: string[] = [];
  reloads.listen(() => told.push("agent"));
  const end = reloads.listen(() => told.push("restarted"));
  reloads.request();
  end();
  reloads.request();
  assert.deepEqual(told, ["restarted", "agent"]);
});
