import assert from "node:assert/strict";
import { until, within } from "./time_limits.ts";

Deno.test("within ends with what was waited for when it takes too long, and with the work when not", async () => {
  assert.equal(await within("It", 60_000, Promise.resolve(1)), 1);
  await assert.rejects(within("It", 5, new Promise(() => {})), /^Error: It: not within 0.005 s$/);
});

Deno.test("until ends with what was waited for, also while a look takes for ever", async () => {
  await until("It", 60_000, () => true);
  await assert.rejects(until("It", 5, () => false), /It: not within/);
  await assert.rejects(until("It", 5, () => new Promise<boolean>(() => {})), /It: not within/);
});
