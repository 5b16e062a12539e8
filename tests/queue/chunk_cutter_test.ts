import assert from "node:assert/strict";
import { encodeStateless } from "../../src/comms/event_encoder.ts";
import { cutIntoChunks } from "../../src/queue/chunk_cutter.ts";

const event = (text: string) => encodeStateless({ module: "test" }, { text });
const many = (count: number) => Array.from({ length: count }, (_, index) => event(`n${index}`));
const run = (count: number) => ({ events: count, text: many(count).join("") });
const limits = { max_events: 10, max_bytes: 1_000_000 };

Deno.test("single events are put together up to the limits", () => {
  const chunks = [...cutIntoChunks(many(25), limits)];
  assert.deepEqual(chunks.map(({ events }) => events), [10, 10, 5]);
  assert.equal(chunks.map(({ text }) => text).join(""), many(25).join(""));
  const bytes = event("n0").length * 3;
  const small = [...cutIntoChunks(many(9), { ...limits, max_bytes: bytes })];
  assert.deepEqual(small.map(({ events }) => events), [3, 3, 3]);
});

Deno.test("a run over the limits is cut between events into equal pieces", () => {
  const chunks = [...cutIntoChunks([run(25)], limits)];
  assert.deepEqual(chunks.map(({ events }) => events), [9, 9, 7]);
  assert.equal(chunks.map(({ text }) => text).join(""), run(25).text);
  for (const { events, text } of chunks) {
    assert.equal(text.split("\n").length - 1, 2 * events);
    assert.ok(text.startsWith("\n"));
  }
});

Deno.test("runs and single events keep their order; what fits together stays together", () => {
  const items = [event("a"), run(3), event("b"), run(12), event("c")];
  const chunks = [...cutIntoChunks(items, limits)];
  assert.deepEqual(chunks.map(({ events }) => events), [5, 6, 7]);
  const all = items.map((item) => typeof item === "string" ? item : item.text).join("");
  assert.equal(chunks.map(({ text }) => text).join(""), all);
});

Deno.test("one event larger than a chunk is a chunk of its own", () => {
  const chunks = [...cutIntoChunks([run(3)], { max_events: 10, max_bytes: 5 })];
  assert.deepEqual(chunks.map(({ events }) => events), [1, 1, 1]);
});
