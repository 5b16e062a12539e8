import assert from "node:assert/strict";
import { deliverFromMemory } from "../../bench/support/memory_delivery.ts";
import { memoryEvents, MemorySource } from "../../bench/support/memory_source.ts";
import { textsOf } from "../support/queues.ts";

const stopwatch = { start() {}, end() {} };

Deno.test("memoryEvents() numbers encoded events in one buffer", () => {
  const { lines, events, eventBytes } = memoryEvents(11);
  assert.equal(lines.length, events * eventBytes);
  assert.deepEqual(textsOf(lines).map(Number), Array.from({ length: 11 }, (_, index) => index));
});

Deno.test("deliverFromMemory() moves every event, also in batches that do not divide them", async () => {
  for (const batchEvents of [1, 10, 100]) {
    await deliverFromMemory(stopwatch, memoryEvents(100), batchEvents);
  }
});

Deno.test("MemorySource notices an event that was not sent, was sent twice, or out of order", async () => {
  const faults: Record<string, number[]> = { missing: [0], twice: [0, 0], order: [1, 0] };
  for (const [fault, order] of Object.entries(faults)) {
    const source = new MemorySource(memoryEvents(20), 10);
    const batches = [await source.claim(), await source.claim()];
    for (const index of order) {
      const batch = batches[index];
      assert.ok(batch);
      await source.send(batch, source.body(batch));
    }
    assert.throws(() => source.assertReceived(), fault);
  }
});
