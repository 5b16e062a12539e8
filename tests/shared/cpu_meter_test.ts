import assert from "node:assert/strict";
import { CpuMeter } from "../../src/shared/cpu_meter.ts";

/** Uses so much CPU time. */
function burn(ms: number): void {
  const meter = new CpuMeter();
  for (let sum = 0; meter.ms < ms;) {
    meter.slice(() => {
      for (let step = 0; step < 100_000; step++) sum += step;
    });
  }
}

Deno.test("CpuMeter counts slices, once where they are nested, and not what happens while it waits", async () => {
  const meter = new CpuMeter();
  meter.slice(() => meter.slice(() => burn(20)));
  const sliced = meter.ms;
  assert.ok(sliced >= 15, `${sliced}`);
  await meter.during(async () => {
    await meter.pause(Promise.resolve().then(() => burn(300)));
  });
  assert.ok(meter.ms - sliced < 150, `${meter.ms} after ${sliced}`);
  await meter.during(() => Promise.resolve(burn(20)));
  assert.ok(meter.ms >= sliced + 15, `${meter.ms}`);
});
