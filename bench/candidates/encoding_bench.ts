/**
 * From a block of a log file to the bytes of its events, ready to be stored and sent.
 *
 * Timed: one block of 3,000 lines of 350 bytes. Each candidate's bytes are compared with those of
 * the baseline, which goes line by line. "block in one JSON.stringify" is how the agent does it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Buffer, isAscii } from "node:buffer";
import { encodeLines } from "../../src/agent/modules/logcollector/lines/line_encoder.ts";
import { splitLines } from "../../src/agent/modules/logcollector/lines/line_splitter.ts";
import { type Content, makeBlock } from "./support/log_block.ts";

const FILE = { path: "/var/log/syslog", created: "2026-02-19T20:25:46.807Z" };
const SPLIT = { maxLineBytes: 65_536, skipping: false, follows: "unknown" } as const;
const encoder = new TextEncoder();
/** SQLite copies what it is given, so that the next block may be written here too. */
const reused = new Uint8Array(8 * 1024 * 1024);

const [before, after] = frame();

function frame(): [string, string] {
  const { text } = encodeLines({ kind: "list", lines: [""], cut: [] }, FILE);
  const at = text.indexOf(`"original":""`) + `"original":`.length;
  return [text.slice(0, at), text.slice(at + `""`.length)];
}

function linesOf(block: Buffer): string[] {
  const whole = block.subarray(0, -1);
  return whole.toString(isAscii(whole) ? "latin1" : "utf8").split("\n");
}

function eventsOf(block: Buffer): string[] {
  return linesOf(block).map((line) => before + JSON.stringify(line) + after);
}

const MUST_ESCAPE = /["\\\p{Cc}\p{Cs}]/u;

function escapeIfNeeded(line: string): string {
  return MUST_ESCAPE.test(line) ? JSON.stringify(line) : `"${line}"`;
}

/** A quote that no backslash precedes ends a string, so this stands between two lines only. */
function framedAtOnce(lines: readonly string[]): string {
  const list = JSON.stringify(lines).slice(1, -1);
  return before + list.replaceAll(`","`, `"${after}${before}"`) + after;
}

/** As the agent does it. */
function blockAtOnce(block: Buffer): Uint8Array {
  return encodedInto(encodeLines(splitLines(block, SPLIT).lines, FILE).text);
}

const ESCAPED_BYTES = /["\\\p{Cc}]/u;
const beforeBytes = encoder.encode(`${before}"`);
const afterBytes = encoder.encode(`"${after}`);

/** Copies lines from the file's bytes, when none has to be escaped. */
function copiedBytes(block: Buffer): Uint8Array {
  if (!isAscii(block) || ESCAPED_BYTES.test(block.toString("latin1").replaceAll("\n", ""))) {
    return toBytes(eventsOf(block).join(""));
  }
  let end = 0;
  for (let start = 0; start < block.length;) {
    const newline = block.indexOf(0x0a, start);
    reused.set(beforeBytes, end);
    end += beforeBytes.length;
    reused.set(block.subarray(start, newline), end);
    end += newline - start;
    reused.set(afterBytes, end);
    end += afterBytes.length;
    start = newline + 1;
  }
  return reused.subarray(0, end);
}

function toBytes(text: string): Uint8Array {
  return Buffer.from(text);
}

function encodedInto(text: string): Uint8Array {
  return reused.subarray(0, encoder.encodeInto(text, reused).written);
}

const CANDIDATES: Record<string, (block: Buffer) => Uint8Array> = {
  "line by line, join, encode": (block) => encoder.encode(eventsOf(block).join("")),
  "line by line, join, Buffer.from": (block) => toBytes(eventsOf(block).join("")),
  "line by line, join, encodeInto": (block) => encodedInto(eventsOf(block).join("")),
  "escape only if needed": (block) => {
    const lines = linesOf(block);
    return encodedInto(lines.map((line) => before + escapeIfNeeded(line) + after).join(""));
  },
  "lines in one JSON.stringify": (block) => encodedInto(framedAtOnce(linesOf(block))),
  "block in one JSON.stringify": blockAtOnce,
  "bytes copied": copiedBytes,
};

for (const content of ["plain", "quoted", "escaped", "accented"] as const satisfies Content[]) {
  const block = makeBlock(content);
  const expected = Buffer.from(eventsOf(block).join(""));
  for (const [name, encode] of Object.entries(CANDIDATES)) {
    assert(expected.equals(encode(block)), `"${name}" gives other bytes for ${content} lines`);
    const baseline = name.endsWith("join, encode");
    Deno.bench({ name, group: `${content} lines`, baseline }, () => void encode(block));
  }
}
