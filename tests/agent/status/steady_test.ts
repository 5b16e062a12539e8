import assert from "node:assert/strict";
import { Steady } from "../../../src/agent/status/steady.ts";

Deno.test("look() tells since when something is so once it was so for long enough", () => {
  const steady = new Steady(5);
  assert.deepEqual([0, 3, 5, 9].map((ms) => steady.look(true, ms)), [
    undefined,
    undefined,
    0,
    0,
  ]);
});

Deno.test("look() forgets what lasted too short, and holds on to what is interrupted for less than that", () => {
  const steady = new Steady(5);
  assert.deepEqual([steady.look(true, 0), steady.look(false, 1), steady.look(true, 6)], [
    undefined,
    undefined,
    undefined,
  ]);
  assert.equal(steady.look(true, 11), 6);
  assert.deepEqual([steady.look(false, 12), steady.look(true, 13)], [6, 6]);
  assert.deepEqual([steady.look(false, 14), steady.look(false, 19)], [6, undefined]);
});
