import assert from "node:assert/strict";
import { ByteArena } from "../../../../../src/agent/modules/logcollector/lines/byte_arena.ts";

Deno.test("the bytes are those of TextEncoder, and stay until the arena is cleared", () => {
  const arena = new ByteArena();
  const texts = [
    "plain",
    "ä€😀".repeat(200_000),
    "x".repeat(1_400_000),
    "",
    "😀".repeat(900_000),
    "ä",
  ];
  for (const round of [1, 2, 3]) {
    const encoded = texts.map((text) => arena.add(text));
    texts.forEach((text, index) => {
      assert.deepEqual(encoded[index], new TextEncoder().encode(text), `${round}: ${index}`);
    });
    arena.clear();
  }
});

Deno.test("texts that fit lie behind each other", () => {
  const arena = new ByteArena();
  const [first, second] = [arena.add("one"), arena.add("two")];
  assert.equal(first.buffer, second.buffer);
  assert.equal(first.byteOffset + first.length, second.byteOffset);
});
