import assert from "node:assert/strict";
import { v7 } from "uuid";
import { SeenList } from "../../../../src/manager/cluster/events/seen_list.ts";

const PRINT = new Uint8Array(32).fill(7);
const OTHER = new Uint8Array(32).fill(8);
const ids = Array.from({ length: 40 }, (_, index) => v7({ msecs: 1_000 + index }));
const [first = "", second = ""] = ids;

function listOf(keys: readonly string[]): SeenList {
  const list = keys.reduce((seen, key) => seen.with(key, PRINT), SeenList.parse(undefined));
  return SeenList.parse(list.toText());
}

Deno.test("SeenList knows the batches that are in it, with what they were", () => {
  const list = listOf([first]);
  assert.equal(list.lookUp(first, PRINT), "repeat");
  assert.equal(list.lookUp(first, OTHER), "conflict");
  assert.equal(list.lookUp(second, PRINT), "new");
  assert.deepEqual([list.has(first), list.has(second)], [true, false]);
});

Deno.test("SeenList keeps the largest ids, in whichever order they came", () => {
  for (const order of [ids, ids.toReversed()]) {
    const list = listOf(order);
    assert.deepEqual(ids.filter((id) => list.has(id)), ids.slice(-8));
    assert.equal(list.toText().length, 8 * 24 / 3 * 4);
  }
});

Deno.test("SeenList says when a batch may have been there before: below its smallest, and only when it is full", () => {
  assert.equal(listOf(ids.slice(32)).lookUp(first, PRINT), "unknown");
  assert.equal(listOf(ids.slice(33)).lookUp(first, PRINT), "new");
  const inside = v7({ msecs: 1_036 });
  assert.equal(listOf(ids.slice(32)).lookUp(inside, PRINT), "new");
});

Deno.test("SeenList takes keys that are no UUIDs", () => {
  const list = listOf(["batch 1", "ÿ".repeat(255)]);
  assert.equal(list.lookUp("batch 1", PRINT), "repeat");
  assert.equal(list.lookUp("ÿ".repeat(255), OTHER), "conflict");
});
