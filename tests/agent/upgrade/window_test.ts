import assert from "node:assert/strict";
import { isWithin } from "../../../src/agent/upgrade/window.ts";

Deno.test("isWithin() knows windows of the day, over midnight, and none", () => {
  const at = (time: string) => Date.parse(`2026-01-01T${time}:00Z`);
  assert.equal(isWithin("", at("12:00")), true);
  assert.equal(isWithin("08:00-10:30", at("10:29")), true);
  assert.equal(isWithin("08:00-10:30", at("10:30")), false);
  assert.equal(isWithin("22:00-04:30", at("23:59")), true);
  assert.equal(isWithin("22:00-04:30", at("04:29")), true);
  assert.equal(isWithin("22:00-04:30", at("12:00")), false);
  assert.equal(isWithin("00:00-00:00", at("12:00")), true);
});
