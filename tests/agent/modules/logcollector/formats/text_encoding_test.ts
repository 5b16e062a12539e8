import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  byteOrderMark,
  indexOfNewline,
  textEncoding,
} from "../../../../../src/agent/modules/logcollector/formats/text_encoding.ts";

function encoding(name: string) {
  const found = textEncoding(name);
  assert.ok(found);
  return found;
}

Deno.test("textEncoding() knows the names of the WHATWG list, and none that cannot be cut into lines", () => {
  assert.deepEqual(["UTF8", "latin1", "utf-16", "sjis"].map((name) => encoding(name).name), [
    "utf-8",
    "windows-1252",
    "utf-16le",
    "shift_jis",
  ]);
  assert.deepEqual(["utf-32", "ebcdic", "iso-2022-jp", ""].map(textEncoding), [
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

Deno.test("indexOfNewline() takes no byte 0x0a of another UTF-16 character for a newline", () => {
  // U+4E0A U+0A0A, then the newline.
  const little = Buffer.from([0x0a, 0x4e, 0x0a, 0x0a, 0x0a, 0x00]);
  assert.equal(indexOfNewline(little, 0, encoding("utf-16le")), 4);
  const big = Buffer.from([0x4e, 0x0a, 0x0a, 0x0a, 0x00, 0x0a]);
  assert.equal(indexOfNewline(big, 0, encoding("utf-16be")), 4);
  assert.equal(indexOfNewline(big.subarray(0, 5), 0, encoding("utf-16be")), -1);
  // Across the border of two characters.
  assert.equal(indexOfNewline(Buffer.from([0x41, 0x0a, 0x00, 0x41]), 0, encoding("utf-16le")), -1);
});

Deno.test("byteOrderMark() tells the three marks and nothing else", () => {
  const of = (...bytes: number[]) => byteOrderMark(Uint8Array.from(bytes))?.encoding.name;
  assert.deepEqual([of(0xef, 0xbb, 0xbf), of(0xff, 0xfe, 0x41), of(0xfe, 0xff), of(0xff), of()], [
    "utf-8",
    "utf-16le",
    "utf-16be",
    undefined,
    undefined,
  ]);
});

Deno.test("first() and whole() keep characters whole in every encoding", () => {
  const sjis = encoding("shift_jis");
  const bytes = Buffer.from([0x83, 0x65, 0x83, 0x58]);
  assert.equal(sjis.decode(sjis.first(bytes, 3)), "テ");
  const wide = encoding("utf-16le");
  assert.equal(wide.decode(wide.whole(Buffer.from("a😀", "utf16le").subarray(0, 4))), "a");
});
