import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { splitLines } from "../../../src/agent/modules/logcollector/lines/line_splitter.ts";
import type { Lines } from "../../../src/agent/modules/logcollector/lines/split_result.ts";
import { mutatedBytes } from "../harness/arbitraries.ts";
import type { FuzzTarget } from "../harness/target.ts";

const MAX = 16;
const BLOCK = 24;

/** A line, and whether it is all of it. */
type Line = [text: string, cut: boolean];

const samples = [
  "plain\nline two\r\n\nend\n",
  "ä€😀 long line that is cut in two\nb\r\n",
  "\0\0\0a\n\0\0b\n",
]
  .map((text) => new TextEncoder().encode(text));
const bytes = fc.oneof(mutatedBytes(...samples), fc.uint8Array({ maxLength: 80 }));

/** Reads a whole file in blocks, as the collector does, when it is read again after every `step` bytes. */
function inBlocks(bytes: Uint8Array, step: number): Line[] {
  const lines: Line[] = [];
  let offset = 0;
  let skipping = false;
  for (let size = step; offset < bytes.length; size += step) {
    const end = Math.min(bytes.length, offset + BLOCK, size);
    if (end <= offset) continue;
    const isLast = end === bytes.length;
    const follows = isLast ? "nothing" : end === offset + BLOCK ? "more" : "unknown";
    const options = { maxLineBytes: MAX, skipping, follows } as const;
    const result = splitLines(Buffer.from(bytes.subarray(offset, end)), options);
    assert.ok(result.consumed <= end - offset);
    lines.push(...linesOf(result.lines));
    offset += result.consumed;
    skipping = result.skipping;
  }
  return lines;
}

function linesOf(lines: Lines): Line[] {
  if (lines.kind === "text") return lines.text.split("\n").map((text): Line => [text, false]);
  return lines.lines.map((text, index): Line => [text, lines.cut.includes(index)]);
}

/** The same by the rules alone, without blocks or speed. */
function oracle(bytes: Uint8Array): Line[] {
  const whole = Buffer.from(bytes).toString("latin1");
  const parts = whole.split("\n");
  return parts.flatMap((part, index): Line[] => {
    const line = part.replace(/^\0+/, "").replace(/\r$/, "");
    if (line === "" || index === parts.length - 1 && part === "") return [];
    const raw = Buffer.from(line, "latin1");
    return [[kept(raw).toString("utf8"), raw.length > MAX]];
  });
}

/** A line that is too long ends before the character in which the limit lies. */
function kept(line: Buffer): Buffer {
  if (line.length <= MAX) return line;
  let end = MAX;
  while (end > MAX - 3 && ((line[end] ?? 0) & 0xc0) === 0x80) end--;
  return line.subarray(0, end);
}

export const target: FuzzTarget = {
  about: "lines are those that the rules alone give, wherever blocks end and however a file grows",
  weight: 30,
  open: () => ({
    property: fc.property(bytes, fc.integer({ min: 1, max: 40 }), (bytes, step) => {
      assert.deepEqual(inBlocks(bytes, step), oracle(bytes));
    }),
  }),
};
