import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { ledgerLines } from "./driver/accounted.ts";
import { LINE_BYTES, numberedLine, readNumberedLine } from "./driver/numbered_line.ts";
import { Received } from "./driver/received.ts";
import { ROTATIONS } from "./driver/rotations.ts";
import { isKept, type SourceVerdict } from "./driver/verdict.ts";
import { TempFolder } from "../support/queues.ts";

Deno.test("isKept() wants every line accounted for, none doubled, and no problem", () => {
  const whole: SourceVerdict = {
    source: "a",
    written: 10,
    rotations: 0,
    received: 8,
    doubled: 0,
    dead: 1,
    ledger: 1,
    lost: 0,
    examples: [],
  };
  const verdict = (change: Partial<SourceVerdict>, problems: string[] = []) =>
    isKept({ sources: [{ ...whole, ...change }], ledger: {}, problems });
  assert(verdict({}));
  assert(!verdict({ lost: 1 }));
  assert(!verdict({ doubled: 1 }));
  assert(!verdict({}, ["ended by itself"]));
});

Deno.test("numberedLine() makes lines of one length that can be told apart", () => {
  const line = numberedLine("a1/none", 42);
  assert.equal(line.length, LINE_BYTES);
  assert.deepEqual(readNumberedLine(line.trimEnd()), { source: "a1/none", number: 42 });
  assert.equal(readNumberedLine(line.slice(0, 60)), undefined, "a line that was cut");
  assert.equal(readNumberedLine("x".repeat(LINE_BYTES - 1)), undefined);
});

Deno.test("ledgerLines() turns lost bytes of a program's files into lines", () => {
  const entry = { reason: "gone", events: 0, bytes: 3 * LINE_BYTES, detail: "/x/a/app.log" };
  assert.equal(ledgerLines([entry, { ...entry, detail: "/x/ab/app.log" }], "/x/a"), 3);
});

Deno.test("Received counts lines that came twice, and those that did not", () => {
  using folder = new TempFolder();
  const path = folder.file("record");
  const record = (number: number) =>
    JSON.stringify({
      header: { module: "logcollector" },
      data: { event: { original: numberedLine("s", number).trimEnd() } },
    }) + "\n";
  Deno.writeTextFileSync(path, record(1) + record(3) + record(3).slice(0, 20));
  const received = new Received(path);
  received.update();
  Deno.writeTextFileSync(path, record(3).slice(20), { append: true });
  received.update();
  assert.deepEqual(received.of("s", 4), { received: 2, doubled: 1, missing: [2, 4] });
});

for (const [name, { rotate, file }] of Object.entries(ROTATIONS)) {
  Deno.test(`rotation ${name} keeps every line somewhere`, () => {
    using folder = new TempFolder();
    if (file) Deno.symlinkSync(file(0), folder.file("app.log"));
    for (let count = 0; count < 6; count++) {
      const target = folder.file(file?.(count) ?? "app.log");
      Deno.writeTextFileSync(target, `line ${count}\n`, { append: true });
      rotate(folder.path, count);
    }
    const texts = [...Deno.readDirSync(folder.path)].filter((entry) => entry.isFile)
      .map((entry) => new TextDecoder().decode(readPlain(folder.file(entry.name))));
    for (let count = 0; count < 6; count++) {
      assert(texts.some((text) => text.includes(`line ${count}\n`)), `line ${count} is gone`);
    }
  });
}

function readPlain(path: string): Uint8Array {
  const bytes = Deno.readFileSync(path);
  return path.endsWith(".gz") ? gunzipSync(bytes) : bytes;
}
