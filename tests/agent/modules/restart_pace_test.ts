import assert from "node:assert/strict";
import { RestartPace } from "../../../src/agent/modules/restart_pace.ts";
import { FakeClock } from "../../support/fake_clock.ts";

Deno.test("RestartPace waits twice as long each time, at most a minute, and less after a long run", () => {
  const pace = new RestartPace(new FakeClock());
  const waits = Array.from({ length: 8 }, () => pace.ended({ ranMs: 10 }));
  assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  assert.equal(pace.ended({ ranMs: 60_001 }), 1_000);
});

Deno.test("RestartPace knows when it was more than five times in ten minutes", async () => {
  const clock = new FakeClock();
  const pace = new RestartPace(clock);
  for (let end = 0; end < 5; end++) pace.ended({ ranMs: 0 });
  assert.equal(pace.isTooOften, false);
  await clock.advance(300_000);
  pace.ended({ ranMs: 0 });
  assert.equal(pace.isTooOften, true);
  await clock.advance(300_000);
  assert.equal(pace.isTooOften, false);
  assert.equal(pace.count, 6);
});
