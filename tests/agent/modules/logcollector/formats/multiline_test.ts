import assert from "node:assert/strict";
import { READ_INTERVAL_MS, RELOAD_INTERVAL_MS } from "../../support/log_folder.ts";
import { follow } from "../../support/one_location.ts";

Deno.test("multiline: an event is all lines up to the next one that matches start, and waits for it", async () => {
  await using folder = follow({ multiline: { start: "^\\d", timeout: 3 * READ_INTERVAL_MS } });
  folder.append("app.log", "1 one\n  at a\n  at b\n2 two\n");
  await folder.start();
  assert.deepEqual(folder.sink.lines, ["1 one\n  at a\n  at b"]);
  folder.append("app.log", "\n  at c\n3 three\n");
  await folder.pass();
  assert.deepEqual(folder.sink.lines.slice(1), ["2 two\n\n  at c"]);
  await folder.pass(4 * READ_INTERVAL_MS);
  assert.deepEqual(folder.sink.lines.slice(2), ["3 three"]);
});

Deno.test("multiline: an event that is open at a crash is read again, whole", async () => {
  await using folder = follow({ multiline: { start: "^\\d", timeout: 3 * READ_INTERVAL_MS } });
  folder.append("app.log", "1 one\n2 two\n  at a\n");
  await folder.start();
  await folder.stop();
  folder.append("app.log", "  at b\n3 three\n");
  await folder.start();
  assert.deepEqual(folder.sink.lines, ["1 one", "2 two\n  at a\n  at b"]);
});

Deno.test("multiline: an event that is larger than a limit becomes several, and nothing of it is dropped", async () => {
  await using folder = follow({ multiline: { start: "^#", max_lines: 3, timeout: 1 } });
  folder.append("app.log", "#1\na\nb\nc\nd\n#2\n");
  await folder.start();
  await folder.pass(2 * READ_INTERVAL_MS);
  const events = folder.sink.events.map(({ data }) => [data.event.original, data.log.flags]);
  assert.deepEqual(events, [
    ["#1\na\nb", ["unfinished"]],
    ["c\nd", ["continuation"]],
    ["#2", undefined],
  ]);
  assert.equal(folder.report.details.cut_events, 1);
  assert.equal(folder.report.details.joined_lines, 3);
});

Deno.test("multiline: an event longer than any block is given in pieces, each line once", async () => {
  const multiline = { start: "^#", max_lines: 10_000, max_bytes: 2_000, timeout: 1 };
  await using folder = follow({ multiline }, { blockBytes: 100, maxLineBytes: 100 });
  const lines = ["#1", ...Array.from({ length: 1_000 }, (_, number) => `line ${number}`), "#2"];
  folder.append("app.log", lines.map((line) => `${line}\n`).join(""));
  await folder.start();
  await folder.pass(2 * READ_INTERVAL_MS);
  assert.deepEqual(folder.sink.lines.flatMap((text) => text.split("\n")), lines);
  assert.ok(folder.sink.lines.every((text) => text.length <= 2_000));
});

Deno.test("multiline: with end the event is given at once when its last line comes", async () => {
  await using folder = follow({ multiline: { end: ";$" } });
  folder.append("app.log", "SELECT *\nFROM a;\nSELECT 1;\nSELECT");
  await folder.start();
  assert.deepEqual(folder.sink.lines, ["SELECT *\nFROM a;", "SELECT 1;"]);
});

Deno.test("multiline: a log that is deleted after an event and does not come again gives that event", async () => {
  await using folder = follow({ multiline: { start: "^#" } });
  folder.append("app.log", "#1\na\n");
  await folder.start();
  folder.rename("app.log", "app.log.1");
  await folder.pass(4 * RELOAD_INTERVAL_MS);
  assert.deepEqual(folder.sink.lines, ["#1\na"]);
});

Deno.test("multiline: a line that was too long is told once, however often its event is read", async () => {
  const multiline = { start: "^#", timeout: 1e9 };
  await using folder = follow({ multiline, max_line: 70 });
  folder.append("app.log", `#${"x".repeat(99)}\n`);
  await folder.start();
  for (let more = 0; more < 3; more++) {
    folder.append("app.log", "more\n");
    await folder.pass();
  }
  folder.append("app.log", "#2\n");
  await folder.pass();
  assert.deepEqual(folder.sink.lines, [`#${"x".repeat(69)}\nmore\nmore\nmore`]);
  assert.deepEqual(folder.sink.losses.map(({ bytes }) => bytes), [30]);
  assert.equal(folder.report.details.cut_bytes, 30);
});

Deno.test("redact: the lines of a private key are one event without the key", async () => {
  await using folder = follow({ redact: ["keys"] });
  const begin = ["-----BEGIN", "RSA PRIVATE KEY-----"].join(" ");
  const end = ["-----END", "RSA PRIVATE KEY-----"].join(" ");
  folder.append("app.log", `before\n${begin}\nMIIEabc\ndef=\n${end}\nbehind\n`);
  await folder.start();
  assert.deepEqual(folder.sink.lines, ["before", `${begin}[redacted]${end}`, "behind"]);
});

Deno.test("multiline: the last line of an event may come without a newline, long after the others", async () => {
  const multiline = { start: "^#", timeout: 1 };
  await using folder = follow({ multiline }, { partialIdleMs: 4 * READ_INTERVAL_MS });
  folder.append("app.log", "#1\n  a\n  b");
  await folder.start();
  await folder.pass(3 * READ_INTERVAL_MS);
  assert.deepEqual(folder.sink.lines, []);
  folder.append("app.log", "c\n  d");
  await folder.pass(8 * READ_INTERVAL_MS);
  const events = folder.sink.events.map(({ data }) => [data.event.original, data.log.flags]);
  assert.deepEqual(events, [["#1\n  a\n  bc\n  d", ["unfinished"]]]);
});

Deno.test("multiline: an event ends although the line behind it never does", async () => {
  const multiline = { start: "^\\{", timeout: 6 * READ_INTERVAL_MS };
  const follows = { multiline, parse: "json" as const };
  await using folder = follow(follows, { partialIdleMs: 2 * READ_INTERVAL_MS });
  folder.append("app.log", '{"a":1}\n{"half');
  await folder.start();
  await folder.pass(12 * READ_INTERVAL_MS);
  assert.deepEqual(folder.sink.lines, ['{"a":1}']);
});

Deno.test("multiline: an event that is open at a restart has waited since its file was written", async () => {
  await using folder = follow({ multiline: { start: "^#", timeout: 3 * READ_INTERVAL_MS } });
  folder.append("app.log", "#1\n  a\n");
  const writtenMs = folder.clock.now() - 10 * READ_INTERVAL_MS;
  Deno.utimeSync(folder.file("app.log"), writtenMs / 1_000, writtenMs / 1_000);
  await folder.start();
  await folder.pass();
  assert.deepEqual(folder.sink.lines, ["#1\n  a"]);
});

Deno.test("multiline: an event that is open when its file is truncated is given as far as it goes, once", async () => {
  await using folder = follow({
    multiline: { start: "^\\d", timeout: 1_000 * RELOAD_INTERVAL_MS },
  });
  folder.append("app.log", "1 one\n2 two\n  at a\n");
  await folder.start();
  assert.deepEqual(folder.sink.lines, ["1 one"]);
  Deno.writeTextFileSync(folder.file("app.log"), "3 three\n4 four\n");
  await folder.pass(4 * READ_INTERVAL_MS);
  assert.deepEqual(folder.sink.lines, ["1 one", "2 two\n  at a", "3 three"]);
  assert.deepEqual(folder.sink.losses.map(({ bytes }) => bytes), [0]);
});

Deno.test("multiline: an event that is open when its file is copied and truncated is read in the copy, whole", async () => {
  await using folder = follow({
    multiline: { start: "^\\d", timeout: 1_000 * RELOAD_INTERVAL_MS },
  });
  folder.append("app.log", "1 one\n2 two\n  at a\n");
  await folder.start();
  folder.append("app.log", "  at b\n");
  Deno.copyFileSync(folder.file("app.log"), folder.file("app.log.1"));
  Deno.truncateSync(folder.file("app.log"));
  folder.append("app.log", "3 three\n4 four\n");
  await folder.pass(4 * RELOAD_INTERVAL_MS);
  assert.deepEqual(folder.sink.lines, ["1 one", "2 two\n  at a\n  at b", "3 three"]);
  assert.deepEqual(folder.sink.losses, []);
});
