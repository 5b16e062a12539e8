import assert from "node:assert/strict";
import { EventRates } from "../../../../../src/agent/modules/logcollector/lines/event_rates.ts";
import type { FileTail } from "../../../../../src/agent/modules/logcollector/files/file_tail.ts";

/** Only told from others. */
const file = {} as FileTail;

Deno.test("EventRates gives events a second since the first, over a minute at most", () => {
  const rates = new EventRates();
  assert.equal(rates.of(file, 0), 0);
  rates.note(file, 100, 0);
  assert.equal(rates.of(file, 0), 100);
  rates.note(file, 100, 10_000);
  assert.equal(rates.of(file, 10_000), 20);
  assert.equal(rates.of(file, 60_000), 3.33);
  assert.equal(rates.of(file, 90_000), 1.67);
  assert.equal(rates.of(file, 180_000), 0);
});
