import assert from "node:assert/strict";
import { ResponseClock, wallMsOf } from "../../../src/agent/responses/response_clock.ts";
import { MemoryClock } from "../../support/fake_clock.ts";

const WALL_MS = 1_000_000;

Deno.test("ResponseClock runs on whatever happens to the wall clock", async () => {
  const wall = new MemoryClock(WALL_MS);
  const clock = new ResponseClock(wall, undefined);
  await wall.advance(1_000);
  wall.jumpTo(9_000_000);
  assert.deepEqual(clock.mark(), { age_ms: 1_000, wall_ms: 9_000_000 });
  wall.jumpTo(5);
  await wall.advance(500);
  assert.deepEqual(clock.mark(), { age_ms: 1_500, wall_ms: 505 });
});

Deno.test("ResponseClock counts the time for which no agent ran, and none when the clock was set back", () => {
  const last = { age_ms: 1_000, wall_ms: WALL_MS };
  const after = (wallMs: number) => new ResponseClock(new MemoryClock(wallMs), last).mark().age_ms;
  assert.equal(after(WALL_MS + 3_600_000), 3_601_000);
  assert.equal(after(WALL_MS - 3_600_000), 1_000);
});

Deno.test("wallMsOf() tells when a moment comes", () => {
  assert.equal(wallMsOf(5_000, { age_ms: 1_000, wall_ms: WALL_MS }), WALL_MS + 4_000);
});
