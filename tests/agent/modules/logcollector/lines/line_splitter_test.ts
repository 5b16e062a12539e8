import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { splitLines } from "../../../../../src/agent/modules/logcollector/lines/line_splitter.ts";

type SplitOptions = Parameters<typeof splitLines>[1];

const MAX = 20;

function split(bytes: string | Uint8Array, options: Partial<SplitOptions> = {}) {
  const { lines, ...result } = splitLines(Buffer.from(bytes as Uint8Array), {
    maxLineBytes: MAX,
    skipping: false,
    follows: "unknown",
    ...options,
  });
  const isText = lines.kind === "text";
  return {
    ...result,
    asText: isText,
    lines: isText ? lines.text.split("\n") : lines.lines,
    cut: isText ? [] : lines.cut,
  };
}

/** Reads `bytes` as a file that grows by `step` bytes at a time, in blocks of at most 64 bytes. */
function readGrowing(bytes: Uint8Array, step: number) {
  const lines: string[] = [];
  let offset = 0;
  let skipping = false;
  for (let size = Math.min(step, bytes.length); offset < bytes.length;) {
    const block = bytes.subarray(offset, Math.min(size, offset + 64));
    const isLast = offset + block.length === bytes.length;
    const follows = isLast ? "nothing" : block.length === 64 ? "more" : "unknown";
    const result = split(block, { skipping, follows });
    lines.push(...result.lines);
    offset += result.consumed;
    skipping = result.skipping;
    size = Math.min(bytes.length, size + step);
  }
  return lines;
}

Deno.test("splitLines() ends lines at LF and CRLF, skips empty ones and leaves the unfinished one", () => {
  const result = split("one\ntwo\r\n\n\r\nthree\rmore\nrest");
  assert.deepEqual(result.lines, ["one", "two", "three\rmore"]);
  assert.equal(result.consumed, "one\ntwo\r\n\n\r\nthree\rmore\n".length);
  assert.equal(result.counts.empty_lines, 2);
  assert.deepEqual(split("rest").lines, []);
  assert.equal(split("rest").consumed, 0);
});

Deno.test("splitLines() takes an unfinished line when nothing follows", () => {
  assert.deepEqual(split("one\nrest", { follows: "nothing" }).lines, ["one", "rest"]);
  assert.deepEqual(split("rest\r", { follows: "nothing" }).lines, ["rest"]);
  assert.equal(split("one\nrest", { follows: "nothing" }).consumed, 8);
});

Deno.test("splitLines() gives the same lines wherever the blocks end", () => {
  const text = "plain\r\nä€😀 end\r\n\n" + "long".repeat(30) + "\nafter\r\n" +
    "€".repeat(10) + "\nexactly 20 bytes ok!\r\n" + "\0".repeat(100) + "x\0y\nlast 😀";
  const expected = [
    "plain",
    "ä€😀 end",
    "long".repeat(5),
    "after",
    "€".repeat(6),
    "exactly 20 bytes ok!",
    "x\0y",
    "last 😀",
  ];
  const bytes = new TextEncoder().encode(text);
  for (let step = 1; step <= bytes.length; step++) {
    assert.deepEqual(readGrowing(bytes, step), expected, `blocks of ${step} bytes`);
  }
});

for (
  const [what, text, lines, emptyLines] of [
    ["plain lines", "one\ntwo\n", ["one", "two"], 0],
    ["empty lines everywhere", "\n\none\n\n\ntwo\n\n", ["one", "two"], 5],
    ["CRLF and empty ones", "\r\none\r\n\r\n\r\ntwo\r\n", ["one", "two"], 3],
    ["a CR before a CRLF", "one\r\r\ntwo\n", ["one\r", "two"], 0],
    [
      "lines as long as they may be",
      `${"a".repeat(MAX)}\n`.repeat(3),
      Array(3).fill("a".repeat(MAX)),
      0,
    ],
    ["a byte order mark inside", "one\n\ufefftwo\n", ["one", "\ufefftwo"], 0],
  ] as const
) {
  Deno.test(`splitLines() leaves a plain block in one piece: ${what}`, () => {
    const result = split(text);
    assert.deepEqual(result.lines, lines);
    assert.equal(result.counts.empty_lines, emptyLines);
    assert.equal(result.consumed, Buffer.byteLength(text));
    assert.ok(result.asText);
  });
}

for (
  const [what, text] of [
    ["only empty lines", "\n\r\n\n"],
    ["a NUL", "one\nt\0o\n"],
    ["a line that is too long", `one\n${"x".repeat(MAX + 1)}\ntwo\n`],
    ["a long line at the start", `${"x".repeat(MAX + 1)}\ntwo\n`],
    ["a long line at the end", `one\n${"x".repeat(MAX + 1)}\n`],
  ] as const
) {
  Deno.test(`splitLines() goes line by line over a block with ${what}`, () => {
    assert.ok(!split(text).asText);
  });
}

Deno.test("splitLines() cuts a long line once and skips the rest of it", () => {
  const first = split("x".repeat(MAX + 2), { follows: "more" });
  assert.deepEqual(first.lines, ["x".repeat(MAX)]);
  assert.deepEqual(first.cut, [0]);
  assert.equal(first.consumed, MAX + 2);
  assert.equal(first.skipping, true);
  const second = split("xxx", { skipping: true });
  assert.deepEqual([second.lines, second.consumed, second.skipping], [[], 3, true]);
  const third = split("xxx\nnext\n", { skipping: true });
  assert.deepEqual([third.lines, third.cut, third.skipping], [["next"], [], false]);
});

Deno.test("splitLines() does not cut a line that is long only with its CRLF", () => {
  const line = "x".repeat(MAX);
  assert.equal(split(line + "\r").consumed, 0);
  assert.deepEqual(split(line + "\r\n").lines, [line]);
  assert.equal(split(line + "\r\n").counts.cut_lines, 0);
});

Deno.test("splitLines() cuts between two characters", () => {
  const { lines, cut, counts } = split("a" + "€".repeat(7) + "\nb\n");
  assert.deepEqual(lines, ["a" + "€".repeat(6), "b"]);
  assert.deepEqual(cut, [0]);
  assert.deepEqual([counts.cut_lines, counts.invalid_utf8_lines], [1, 0]);
});

Deno.test("splitLines() replaces bytes that are not UTF-8 and counts the lines", () => {
  const bytes = [0x61, 0xff, 0x62, 0x0a, 0xc3, 0x0a, 0x6f, 0x6b, 0x0a];
  const { lines, counts } = split(new Uint8Array(bytes));
  assert.deepEqual(lines, ["a\ufffdb", "\ufffd", "ok"]);
  assert.equal(counts.invalid_utf8_lines, 2);
});

Deno.test("splitLines() skips NUL bytes before a line and waits at those that end the file", () => {
  const hole = "\0".repeat(50);
  const { lines, consumed, counts } = split(`${hole}line\n${hole}`);
  assert.deepEqual(lines, ["line"]);
  assert.equal(consumed, 55);
  assert.equal(counts.nul_bytes, 50);
  assert.equal(split(hole, { follows: "unknown" }).consumed, 0);
  assert.equal(split(hole, { follows: "more" }).consumed, 50);
});
