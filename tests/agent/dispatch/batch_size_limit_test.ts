import assert from "node:assert/strict";
import { BatchSizeLimit } from "../../../src/agent/dispatch/batch_size_limit.ts";

Deno.test("the limit is half of what was refused, and doubles after a hundred batches", () => {
  const limit = new BatchSizeLimit();
  assert.equal(limit.bytes, Infinity);
  limit.accepted(500);
  limit.tooLarge(1_001);
  assert.equal(limit.bytes, 500);
  limit.tooLarge(5_000);
  assert.equal(limit.bytes, 500);
  for (let taken = 0; taken < 99; taken++) limit.accepted(500);
  assert.equal(limit.bytes, 500);
  limit.accepted(500);
  assert.equal(limit.bytes, 1_000);
  limit.tooLarge(1_000);
  assert.equal(limit.bytes, 500);
});

Deno.test("a limit that begins small doubles with each batch that has half of it, and is smaller again after a refusal", () => {
  const limit = new BatchSizeLimit({ beginsAt: 64 });
  limit.accepted(31);
  assert.equal(limit.bytes, 64);
  for (const bytes of [40, 100, 200]) limit.accepted(bytes);
  assert.equal(limit.bytes, 512);
  limit.suspect(400);
  assert.equal(limit.bytes, 200);
  limit.suspect(200);
  limit.suspect(100);
  assert.equal(limit.bytes, 64);
  for (let batch = 0; batch < 40 && limit.bytes !== Infinity; batch++) limit.accepted(limit.bytes);
  assert.equal(limit.bytes, Infinity);
});
