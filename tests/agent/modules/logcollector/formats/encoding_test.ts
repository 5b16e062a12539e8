import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { READ_INTERVAL_MS } from "../../support/log_folder.ts";
import { follow } from "../../support/one_location.ts";

const TEXT = "eins\nGröße\r\n\n€ 上 😀\nlast\n";
const LINES = ["eins", "Größe", "€ 上 😀", "last"];
const LITTLE = Buffer.from(TEXT, "utf16le");
const BIG = Buffer.from(LITTLE).swap16();
const FILES: [name: string, encoding: string | undefined, bytes: Uint8Array][] = [
  [
    "UTF-16LE with its mark and no option",
    undefined,
    Buffer.concat([Buffer.from([0xff, 0xfe]), LITTLE]),
  ],
  [
    "UTF-16BE with its mark and no option",
    undefined,
    Buffer.concat([Buffer.from([0xfe, 0xff]), BIG]),
  ],
  ["UTF-16LE by option", "utf-16le", LITTLE],
  ["UTF-16BE by option", "utf-16be", BIG],
  [
    "UTF-16BE by its mark, whatever the option says",
    "utf-16le",
    Buffer.concat([Buffer.from([0xfe, 0xff]), BIG]),
  ],
  [
    "UTF-8 with its mark, whatever the option says",
    "latin1",
    Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(TEXT)]),
  ],
];

for (const [name, encoding, bytes] of FILES) {
  Deno.test(`a file is read in its encoding, written in pieces of five bytes: ${name}`, async () => {
    await using folder = follow({ encoding });
    await folder.start();
    for (let at = 0; at < bytes.length; at += 5) {
      folder.append("app.log", bytes.subarray(at, at + 5));
      await folder.pass();
    }
    assert.deepEqual(folder.sink.lines, LINES);
  });
}

Deno.test("a file of a one-byte encoding is read in it", async () => {
  await using folder = follow({ encoding: "latin1" });
  folder.append("app.log", Buffer.from("Größe\nß\n", "latin1"));
  await folder.start();
  assert.deepEqual(folder.sink.lines, ["Größe", "ß"]);
  assert.equal(folder.report.details.invalid_utf8_lines, 0);
});

Deno.test("start_at: end finds the last line of a file in UTF-16", async () => {
  await using folder = follow({ encoding: "utf-16le", start_at: "end" });
  folder.append("app.log", Buffer.from("old\nhal", "utf16le"));
  await folder.start();
  folder.append("app.log", Buffer.from("f 上\nnew\n", "utf16le"));
  await folder.pass();
  assert.deepEqual(folder.sink.lines, ["half 上", "new"]);
});

Deno.test("an unfinished line of UTF-16 is given as far as it goes in whole characters", async () => {
  await using folder = follow({ encoding: "utf-16le" }, { partialIdleMs: READ_INTERVAL_MS });
  folder.append("app.log", Buffer.from("a😀", "utf16le").subarray(0, 4));
  await folder.start();
  await folder.pass(3 * READ_INTERVAL_MS);
  folder.append("app.log", Buffer.from("a😀b\n", "utf16le").subarray(4));
  await folder.pass();
  const events = folder.sink.events.map(({ data }) => [data.event.original, data.log.flags]);
  assert.deepEqual(events, [["a", ["unfinished"]], ["😀b", ["continuation"]]]);
});
