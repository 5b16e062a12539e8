import assert from "node:assert/strict";
import { createKey, isKey } from "../../../src/agent/identity/key.ts";

Deno.test("createKey() makes 32 letters and digits, another one each time", () => {
  const keys = new Set(Array.from({ length: 1_000 }, () => createKey()));
  assert.equal(keys.size, 1_000);
  for (const key of keys) assert.match(key, /^[A-Za-z0-9]{32}$/);
});

Deno.test("createKey() throws bytes away that would make some characters more likely", () => {
  // 248 to 255 would be the first eight characters a fifth time.
  let byte = 247;
  const key = createKey((bytes) => bytes.forEach((_, index) => bytes[index] = byte++ % 256));
  assert.equal(key, "9ABCDEFGHIJKLMNOPQRSTUVWXYZabcde");
});

Deno.test("isKey() tells keys from everything else", () => {
  assert.equal(isKey("0123456789abcdefghijABCDEFGHIJxy"), true);
  for (
    const text of [
      "",
      "short",
      "0123456789abcdefghijABCDEFGHIJx-",
      "a".repeat(33),
      `${"a".repeat(32)}\n`,
    ]
  ) {
    assert.equal(isKey(text), false, text);
  }
});
