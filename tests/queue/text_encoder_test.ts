import assert from "node:assert/strict";
import { ReusingTextEncoder } from "../../src/queue/text_encoder.ts";

Deno.test("the bytes are those of TextEncoder, whatever was encoded before", () => {
  const encoder = new ReusingTextEncoder();
  const texts = [
    "",
    "plain",
    "ä€😀".repeat(200_000),
    "x".repeat(1_400_000),
    "😀".repeat(900_000),
    "ä",
  ];
  for (const text of texts) {
    assert.deepEqual(encoder.encode(text).slice(), new TextEncoder().encode(text));
  }
});
