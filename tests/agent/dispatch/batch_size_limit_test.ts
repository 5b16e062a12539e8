import assert from "node:assert/strict";
import { BatchSizeLimit } from "../../../src/agent/dispatch/batch_size_limit.ts";

Deno.test("the limit is half of what was refused, and doubles after a hundred batches", () => {
  const limit = new BatchSizeLimit();
  assert.equal(limit.bytes, Infinity);
  limit.accepted();
  limit.tooLarge(1_001);
  assert.equal(limit.bytes, 500);
  limit.tooLarge(5_000);
  assert.equal(limit.bytes, 500);
  for (let taken = 0; taken < 99; taken++) limit.accepted();
  assert.equal(limit.bytes, 500);
  limit.accepted();
  assert.equal(limit.bytes, 1_000);
  limit.tooLarge(1_000);
  assert.equal(limit.bytes, 500);
});
