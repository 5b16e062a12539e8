/** Reads the same bytes at once and as they come, cut anywhere, and compares the events. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { EventMaker } from "../../../../../src/agent/modules/logcollector/formats/event_maker.ts";
import { compileSources } from "../../../../../src/agent/modules/logcollector/formats/compile_source.ts";
import {
  noSourceCounts,
  type Source,
} from "../../../../../src/agent/modules/logcollector/formats/source.ts";
import type { LocalfileOptions } from "../../../../../src/agent/modules/logcollector/formats/source_options.ts";
import { SourceReader } from "../../../../../src/agent/modules/logcollector/formats/source_reader.ts";
import type { ByteRange } from "../../../../../src/agent/modules/logcollector/lines/split_result.ts";
import { randomFrom } from "../../../../support/random.ts";

const FILES = 60;
const CRI = "2026-11-26T00:57:01Z ";
/** What files are put together of. */
const PIECES = [
  "#1 start\n",
  "#2\r\n",
  "  at a\n",
  "\n",
  "\r\n",
  "ä€😀\n",
  `${CRI}stdout F #a\n`,
  `${CRI}stdout P part `,
  "\n",
  `${CRI}stderr F  at b\n`,
  `${CRI}stderr P x\n`,
  `${CRI}stdout F \n`,
  '{"msg":"m","level":30}\n',
  '{"log":"#l\\n","stream":"stdout","time":"2026-11-26T00:57:01Z"}\n',
  '{"log":"half","stream":"stderr"}\n',
  `${"long ".repeat(30)}\n`,
  "end;\n",
  "<34>1 - h a - - - m\n",
  "-----BEGIN PRIVATE KEY-----\n",
  "x",
];
const BYTES = [Uint8Array.of(0xff), Uint8Array.of(0xe2, 0x82), Uint8Array.of(0)];

const OPTIONS: Partial<LocalfileOptions>[] = [
  { labels: { a: "b" } },
  { multiline: { start: "^#" } },
  { multiline: { continue: "^\\s", max_lines: 3 } },
  { multiline: { end: ";$", max_lines: 5 } },
  { format: "cri" },
  { format: "cri", multiline: { start: "^#" }, parse: "json" },
  { format: "docker", multiline: { continue: "^\\s" } },
  { format: "auto", redact: ["keys", "tokens"] },
  { format: "syslog", exclude_lines: ["long"] },
  { encoding: "windows-1252", multiline: { start: "^#" } },
  { encoding: "utf-16le", multiline: { start: "^#" } },
];

function fileOf(random: () => number): Buffer {
  const pick = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)];
  const pieces = Array.from(
    { length: 40 },
    () => random() < 0.04 ? pick(BYTES) : Buffer.from(pick(PIECES) ?? ""),
  );
  // So that what is last is the same however it is read.
  return Buffer.concat([
    ...pieces.map((piece) => piece ?? new Uint8Array()),
    Buffer.from("\n#last\n"),
  ]);
}

/** The events of a file that grows to each of these lengths. */
function read(source: Source, bytes: Buffer, ends: readonly number[]): string[] {
  const reader = new SourceReader(source, new EventMaker(source, noSourceCounts()));
  const place = {
    path: "/x",
    container: {},
    wallMs: 0,
    nowMs: 0,
    isLast: false,
    hasNext: false,
    carried: undefined,
    givesUnfinished: false,
    writtenMs: 0,
  };
  let at = {
    offset: 0,
    done: [] as ByteRange[],
    cut: [] as string[],
    skipping: false,
    continuing: false,
  };
  let text = "";
  for (const end of ends) {
    const follows = end === bytes.length ? "nothing" : "unknown";
    const block = bytes.subarray(at.offset, end);
    const result = reader.split(
      block,
      { ...at, follows, maxLineBytes: 100, marked: undefined },
      place,
    );
    const { consumed, skipping, continuing, ready } = result;
    assert.ok(consumed >= 0 && consumed <= block.length);
    at = {
      offset: at.offset + consumed,
      done: ready?.done ?? [],
      cut: ready?.cut ?? [],
      skipping,
      continuing,
    };
    text += ready?.text ?? "";
  }
  assert.equal(at.offset, bytes.length);
  return text.split("\n").filter((_, index) => index % 2 === 0 && index > 0);
}

for (const options of OPTIONS) {
  Deno.test(`SourceReader makes the same events of a file however it grows: ${JSON.stringify(options)}`, async () => {
    const [source] = await compileSources([{ location: "/x", ...options }]);
    assert.ok(source);
    for (let seed = 1; seed <= FILES; seed++) {
      const random = randomFrom(seed);
      const bytes = fileOf(random);
      const ends = Array.from({ length: 12 }, () => Math.floor(random() * bytes.length));
      const grown = read(source, bytes, [...ends.toSorted((a, b) => a - b), bytes.length]);
      assert.deepEqual(grown, read(source, bytes, [bytes.length]), `seed ${seed}`);
    }
  });
}
