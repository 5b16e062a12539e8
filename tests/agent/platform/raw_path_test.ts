import assert from "node:assert/strict";
import { readPath, showPath } from "../../../src/agent/platform/raw_path.ts";
import { randomFrom } from "../../support/random.ts";

const encoder = new TextEncoder();

Deno.test("showPath shows UTF-8 as it is", () => {
  for (const path of ["/etc/passwd", "/tmp/ä € 😀", "/tmp/ a'b\"c", ""]) {
    assert.equal(showPath(encoder.encode(path)), path);
  }
});

Deno.test("showPath escapes what is no UTF-8, control characters and the backslash", () => {
  assert.equal(showPath(Uint8Array.from([0x2f, 0xff, 0x61])), "/\\xffa");
  assert.equal(showPath(encoder.encode("a\nb\x1b[0m")), "a\\x0ab\\x1b[0m");
  assert.equal(showPath(encoder.encode("a\\xffb")), "a\\x5cxffb");
  assert.equal(showPath(encoder.encode("a\u0085b")), "a\\xc2\\x85b");
  // A surrogate in UTF-8, an overlong slash, a character that is cut off.
  assert.equal(showPath(Uint8Array.from([0xed, 0xa0, 0x80])), "\\xed\\xa0\\x80");
  assert.equal(showPath(Uint8Array.from([0xc0, 0xaf])), "\\xc0\\xaf");
  assert.equal(showPath(Uint8Array.from([0x61, 0xe2, 0x82])), "a\\xe2\\x82");
});

Deno.test("readPath gives back every path, whatever its bytes, and no two paths have one text", () => {
  const random = randomFrom(7);
  const texts = new Map<string, string>();
  for (let round = 0; round < 2_000; round++) {
    const path = Uint8Array.from(
      { length: Math.floor(random() * 6) },
      () => 1 + Math.floor(random() * 255),
    );
    const text = showPath(path);
    assert.deepEqual(readPath(text), path);
    const known = texts.get(text);
    assert.ok(known === undefined || known === path.join());
    texts.set(text, path.join());
  }
});
