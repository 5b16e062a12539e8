import assert from "node:assert/strict";
import { encodeStateless } from "../../../src/shared/protocol/event_encoder.ts";
import { cutIntoChunks } from "../../../src/agent/queue/chunk_cutter.ts";

const event = (text: string) => encodeStateless({ module: "test" }, { text });
const many = (count: number) => Array.from({ length: count }, (_, index) => event(`n${index}`));
const bytesOf = (text: string) => new TextEncoder().encode(text);
const run = (count: number) => ({ events: count, bytes: bytesOf(many(count).join("")) });
const textOf = (chunks: { bytes: Uint8Array }[]) =>
  chunks.map(({ bytes }) => new TextDecoder().decode(bytes)).join("");
const limits = { max_events: 10, max_bytes: 1_000_000 };

Deno.test("single events are put together up to the limits", () => {
  const chunks = [...cutIntoChunks(many(25), limits)];
  assert.deepEqual(chunks.map(({ events }) => events), [10, 10, 5]);
  assert.equal(textOf(chunks), many(25).join(""));
  const bytes = event("n0").length * 3;
  const small = [...cutIntoChunks(many(9), { ...limits, max_bytes: bytes })];
  assert.deepEqual(small.map(({ events }) => events), [3, 3, 3]);
});

Deno.test("a run over the limits is cut between events into equal pieces", () => {
  const chunks = [...cutIntoChunks([run(25)], limits)];
  assert.deepEqual(chunks.map(({ events }) => events), [9, 9, 7]);
  assert.equal(textOf(chunks), many(25).join(""));
  for (const chunk of chunks) {
    const text = textOf([chunk]);
    assert.equal(text.split("\n").length - 1, 2 * chunk.events);
    assert.ok(text.startsWith("\n"));
  }
});

Deno.test("runs and single events keep their order; what fits together stays together", () => {
  const items = [event("a"), run(3), event("b"), run(12), event("c")];
  const chunks = [...cutIntoChunks(items, limits)];
  assert.deepEqual(chunks.map(({ events }) => events), [5, 6, 7]);
  const all = [event("a"), ...many(3), event("b"), ...many(12), event("c")].join("");
  assert.equal(textOf(chunks), all);
});

Deno.test("one event larger than a chunk is a chunk of its own", () => {
  const chunks = [...cutIntoChunks([run(3)], { max_events: 10, max_bytes: 5 })];
  assert.deepEqual(chunks.map(({ events }) => events), [1, 1, 1]);
});

Deno.test("runs that lie behind each other are one chunk without a copy", () => {
  const bytes = bytesOf(many(9).join(""));
  const third = bytes.length / 3;
  const pieces = [0, 1, 2].map((part) => ({
    events: 3,
    bytes: bytes.subarray(part * third, (part + 1) * third),
  }));
  const [chunk, ...others] = cutIntoChunks(pieces, limits);
  assert.deepEqual(others, []);
  assert.equal(chunk?.bytes.buffer, bytes.buffer);
  assert.deepEqual(chunk?.bytes, bytes);
});
