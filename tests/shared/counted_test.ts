import assert from "node:assert/strict";
import { counted } from "../../src/shared/counted.ts";

Deno.test("counted() has the singular for one only", () => {
  assert.deepEqual([0, 1, 2].map((count) => counted(count, "event")), [
    "0 events",
    "1 event",
    "2 events",
  ]);
  assert.equal(counted(1, "retry", "retries"), "1 retry");
  assert.equal(counted(3, "retry", "retries"), "3 retries");
});
