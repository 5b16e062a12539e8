import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { countEvents } from "../../../../src/shared/protocol/encoded_events.ts";
import { OpenFile } from "../../../../src/agent/modules/logcollector/files/open_file.ts";
import { LogFolder, READ_INTERVAL_MS, RELOAD_INTERVAL_MS } from "../support/log_folder.ts";

Deno.test("Logcollector hands over each line as an event with its path and the time it was read", async () => {
  await using folder = new LogFolder();
  await folder.start();
  folder.append("a.log", "one\ntwo\n");
  await folder.pass();
  const created = new Date(folder.clock.now()).toISOString();
  assert.deepEqual(
    folder.sink.events,
    ["one", "two"].map((original) => ({
      header: { module: "logcollector", collector: "file" },
      data: { event: { original, created }, log: { file: { path: folder.file("a.log") } } },
    })),
  );
});

Deno.test("Logcollector begins at the end of files that exist when it runs for the first time", async () => {
  await using folder = new LogFolder();
  folder.append("a.log", "old\nunfinished ");
  await folder.start();
  folder.append("a.log", "line\nnew\n");
  folder.append("later.log", "later\n");
  await folder.pass(RELOAD_INTERVAL_MS);
  assert.deepEqual(folder.sink.lines, ["unfinished line", "new", "later"]);
});

Deno.test("Logcollector begins at the beginning when told to", async () => {
  await using folder = new LogFolder({ startAt: "beginning" });
  folder.append("a.log", "old\n");
  await folder.start();
  assert.deepEqual(folder.sink.lines, ["old"]);
});

Deno.test("Logcollector does not end the line whose beginning was before its first start", async () => {
  await using folder = new LogFolder({ maxLineBytes: 100, blockBytes: 1_000 });
  folder.append("a.log", "x".repeat(500));
  await folder.start();
  folder.append("a.log", "rest of it\nnew\n");
  await folder.pass();
  assert.deepEqual(folder.sink.lines, ["new"]);
});

Deno.test("Logcollector goes on where it stopped, and reads files that appeared meanwhile from their beginning", async () => {
  await using folder = new LogFolder();
  folder.append("a.log", "old\n");
  await folder.start();
  folder.append("a.log", "one\n");
  await folder.pass();
  await folder.stop();
  folder.append("a.log", "two\n");
  folder.append("b.log", "three\n");
  await folder.start();
  assert.deepEqual(folder.sink.lines, ["one", "two", "three"]);
});

Deno.test("Logcollector begins at the end in a location that was added to the configuration", async () => {
  await using folder = new LogFolder();
  folder.append("a.log", "old\n");
  folder.append("b.txt", "old\n");
  await folder.start();
  await folder.stop();
  folder.append("a.log", "one\n");
  const added = ["*.log", "*.txt"].map((location) => ({ location: folder.file(location) }));
  await folder.start({ localfiles: added });
  folder.append("b.txt", "two\n");
  await folder.pass();
  assert.deepEqual(folder.sink.lines, ["one", "two"]);
});

Deno.test("Logcollector does not go on with files that the configuration names no longer", async () => {
  await using folder = new LogFolder();
  folder.append("a.log", "old\n");
  await folder.start();
  await folder.stop();
  folder.append("a.log", "one\n");
  folder.append("a.log.1", "two\n");
  await folder.start({ localfiles: [{ location: folder.file("*.txt") }] });
  assert.deepEqual(folder.sink.lines, []);
});

Deno.test("Logcollector leaves an unfinished line until its newline comes, also across a restart", async () => {
  await using folder = new LogFolder({ startAt: "beginning" });
  folder.append("a.log", "one\nhalf ");
  await folder.start();
  await folder.pass(10 * READ_INTERVAL_MS);
  assert.deepEqual(folder.sink.lines, ["one"]);
  await folder.stop();
  await folder.start();
  folder.append("a.log", "a line\r\n");
  await folder.pass();
  assert.deepEqual(folder.sink.lines, ["one", "half a line"]);
});

Deno.test("Logcollector goes on inside a line that was cut before a restart", async () => {
  await using folder = new LogFolder({ startAt: "beginning", maxLineBytes: 10, blockBytes: 20 });
  folder.append("a.log", "x".repeat(50));
  await folder.start();
  await folder.stop();
  folder.append("a.log", "y".repeat(50) + "\nnext\n");
  await folder.start();
  assert.deepEqual(folder.sink.lines, ["x".repeat(10), "next"]);
  assert.deepEqual(folder.sink.events[0]?.data.log, {
    file: { path: folder.file("a.log") },
    flags: ["truncated"],
  });
});

Deno.test("Logcollector drops a byte order mark, replaces what is not UTF-8 and counts what it noticed", async () => {
  await using folder = new LogFolder({ startAt: "beginning", maxLineBytes: 10 });
  folder.append("a.log", "\ufefffirst\n\n\0\0zero\nlong long line\n");
  folder.append("a.log", new Uint8Array([0xff, 0x0a]));
  await folder.start();
  assert.deepEqual(folder.sink.lines, ["first", "zero", "long long ", "\ufffd"]);
  assert.deepEqual(folder.report.details, {
    files: 1,
    empty_lines: 1,
    waiting_files: 0,
    waiting_bytes: 0,
    longest_lag_ms: 0,
    cut_lines: 1,
    cut_bytes: "line".length,
    invalid_utf8_lines: 1,
    nul_bytes: 2,
    rotations: 0,
    truncations: 0,
  });
});

Deno.test("Logcollector stops reading while the sink pushes back", async () => {
  const line = "x".repeat(99) + "\n";
  await using folder = new LogFolder({
    startAt: "beginning",
    maxLineBytes: 200,
    blockBytes: 1_000,
  });
  folder.append("a.log", line.repeat(100));
  folder.append("b.log", line.repeat(100));
  folder.sink.pushBack();
  const started = folder.start();
  await folder.clock.advance(10 * READ_INTERVAL_MS);
  assert.equal(folder.sink.groups.length, 0);
  folder.sink.open();
  await started;
  assert.equal(folder.sink.lines.length, 200);
  const largest = Math.max(...folder.sink.groups.map(({ events }) => countEvents(events)));
  assert.ok(largest <= 20, `a group had ${largest} lines`);
});

Deno.test("Logcollector reads one block of each file in turn", async () => {
  await using folder = new LogFolder({ startAt: "beginning", maxLineBytes: 100, blockBytes: 200 });
  for (const name of ["a", "b"]) folder.append(`${name}.log`, `${name}\n`.repeat(500));
  await folder.start();
  const firstOfB = folder.sink.lines.indexOf("b");
  assert.equal(folder.sink.lines.length, 1_000);
  assert.ok(firstOfB <= 200, `b came after ${firstOfB} lines of a`);
});

Deno.test("Logcollector puts each file's checkpoint once into the group of its events", async () => {
  await using folder = new LogFolder({ startAt: "beginning" });
  folder.append("a.log", "one\n");
  folder.append("b.log", "two\n");
  await folder.start();
  const [group, ...others] = folder.sink.groups;
  assert.deepEqual(others, []);
  assert.equal(group?.stream, "stateless");
  assert.equal(countEvents(group?.events ?? []), 2);
  const files = group?.checkpoints?.filter(({ key }) => /^\d+:\d+$/.test(key));
  const paths = files?.map(({ value }) => JSON.parse(value ?? "{}").path);
  assert.deepEqual(paths?.sort(), [folder.file("a.log"), folder.file("b.log")]);
});

Deno.test("Logcollector writes nothing while nothing happens", async () => {
  await using folder = new LogFolder();
  folder.append("a.log", "old\n");
  await folder.start();
  const before = folder.sink.groups.length;
  await folder.pass(3 * RELOAD_INTERVAL_MS);
  assert.equal(folder.sink.groups.length, before);
});

Deno.test({
  name: "Logcollector reads a file once that several paths and locations reach",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = new LogFolder({ startAt: "beginning" });
    folder.append("a.log", "one\n");
    symlinkSync(folder.file("a.log"), folder.file("b.log"));
    Deno.linkSync(folder.file("a.log"), folder.file("c.log"));
    const localfiles = ["*.log", "a.log"].map((name) => ({ location: folder.file(name) }));
    await folder.start({ localfiles });
    folder.append("c.log", "two\n");
    await folder.pass();
    assert.deepEqual(folder.sink.lines, ["one", "two"]);
  },
});

Deno.test("Logcollector says what it cannot read until that is mended, and reads the others", async () => {
  await using folder = new LogFolder({ startAt: "beginning" });
  Deno.mkdirSync(folder.file("bad.log"));
  folder.append("good.log", "one\n");
  await folder.start();
  assert.deepEqual(folder.sink.lines, ["one"]);
  assert.equal(
    folder.report.lastError,
    `Cannot read "${folder.file("bad.log")}": not a regular file`,
  );
  Deno.removeSync(folder.file("bad.log"));
  folder.append("bad.log", "two\n");
  await folder.pass(RELOAD_INTERVAL_MS);
  assert.deepEqual(folder.sink.lines, ["one", "two"]);
  assert.equal(folder.report.lastError, undefined);
});

Deno.test("Logcollector follows the newest files when there are more than allowed, and says which wait", async () => {
  await using folder = new LogFolder({ startAt: "beginning", maxFiles: 2 });
  for (const [name, time] of [["a", 2], ["b", 1], ["c", 3]] as const) {
    folder.append(`${name}.log`, `${name}\n`);
    Deno.utimeSync(folder.file(`${name}.log`), time, time);
  }
  await folder.start();
  assert.deepEqual(folder.sink.lines, ["a", "c"]);
  const { lastError = "" } = folder.report;
  assert.match(lastError, /^1 files wait to be read, such as ".*b\.log": at most 2 are open/);
  assert.equal(folder.report.details["files"], 2);
});

Deno.test("Logcollector reads every file in turn when more are written than may be open", async () => {
  await using folder = new LogFolder({ startAt: "beginning", maxFiles: 5 });
  const names = Array.from({ length: 17 }, (_, index) => `${index}.log`);
  const expected: string[] = [];
  let round = 0;
  const writeAll = () => {
    round++;
    for (const name of names) {
      folder.append(name, `${round} ${name}\n`);
      expected.push(`${round} ${name}`);
    }
  };
  writeAll();
  await folder.start();
  for (let times = 0; times < 12; times++) {
    writeAll();
    await folder.pass(READ_INTERVAL_MS);
    assert.ok(Number(folder.report.details["files"]) <= 5);
    assert.ok(Number(folder.report.details["waiting_files"]) > 0);
    const seen = new Set(folder.sink.lines.map((line) => line.split(" ")[1]));
    if (times >= 6) assert.equal(seen.size, names.length);
    if (times === 8) {
      await folder.stop();
      await folder.start();
    }
  }
  await folder.pass(4 * RELOAD_INTERVAL_MS);
  assert.deepEqual(folder.sink.lines.toSorted(), expected.toSorted());
  assert.deepEqual(folder.sink.losses, []);
  assert.equal(folder.report.lastError, undefined);
});

Deno.test("Logcollector gives the place of a quiet file to a newer one, and goes on with it later", async () => {
  await using folder = new LogFolder({ startAt: "beginning", maxFiles: 2 });
  const write = (name: string, time: number) => {
    folder.append(`${name}.log`, `${name} ${time}\n`);
    Deno.utimeSync(folder.file(`${name}.log`), time, time);
  };
  const expected: string[] = [];
  await folder.start();
  for (let time = 1; time < 30; time++) {
    const name = "abcde".charAt(time % 5);
    write(name, time);
    expected.push(`${name} ${time}`);
    await folder.pass(RELOAD_INTERVAL_MS);
    assert.ok((folder.report.details["files"] ?? 0) <= 2);
    if (time % 7 === 0) {
      await folder.stop();
      await folder.start();
    }
  }
  assert.deepEqual(folder.sink.lines, expected);
  assert.deepEqual(folder.sink.losses, []);
});

Deno.test("Logcollector begins at the end also in files that it has no place for at its first start", async () => {
  await using folder = new LogFolder({ maxFiles: 1 });
  for (const [name, time] of [["a", 1], ["b", 2]] as const) {
    folder.append(`${name}.log`, "old\n");
    Deno.utimeSync(folder.file(`${name}.log`), time, time);
  }
  await folder.start();
  folder.append("a.log", "new\n");
  await folder.pass(RELOAD_INTERVAL_MS);
  assert.deepEqual(folder.sink.lines, ["new"]);
});

Deno.test("Logcollector reads a file from its beginning when its checkpoint is damaged", async () => {
  await using folder = new LogFolder({ startAt: "beginning" });
  folder.append("a.log", "one\n");
  await folder.start();
  await folder.stop();
  for (const key of folder.sink.remembered.keys()) {
    if (!key.startsWith("location:")) folder.sink.remembered.set(key, "{");
  }
  folder.sink.remembered.set("1:1", "damaged, and its file is gone");
  await folder.start();
  await folder.stop();
  assert.deepEqual(folder.sink.lines, ["one", "one"]);
  assert.equal(folder.sink.remembered.has("1:1"), false);
  await folder.start();
  assert.deepEqual(folder.sink.lines, ["one", "one"]);
});

Deno.test("Logcollector ends with the error of a sink that fails, and loses nothing when it is run again", async () => {
  await using folder = new LogFolder({ startAt: "beginning" });
  folder.append("a.log", "one\n");
  folder.sink.fate = () => "fail";
  await folder.start();
  assert.match(String(await folder.stop()), /append: fail/);
  folder.sink.fate = () => "take";
  await folder.start();
  assert.deepEqual(folder.sink.lines, ["one"]);
});

Deno.test("Logcollector stopped while the sink pushes back hands its group over after the restart, once", async () => {
  await using folder = new LogFolder({ startAt: "beginning" });
  folder.append("a.log", "one\n");
  folder.sink.pushBack();
  const started = folder.start();
  await folder.clock.advance(0);
  assert.equal(await folder.stop(), undefined);
  await started;
  folder.sink.open();
  await folder.start();
  assert.deepEqual(folder.sink.lines, ["one"]);
});

Deno.test("Logcollector loses and repeats nothing when a read fails in the middle of a block", async () => {
  await using folder = new LogFolder({ startAt: "beginning" });
  const lines = Array.from({ length: 3_000 }, (_, index) => `${index} ${"x".repeat(95)}`);
  folder.append("a.log", lines.map((line) => `${line}\n`).join(""));
  const { readAt } = OpenFile.prototype;
  OpenFile.prototype.readAt = function (position, buffer) {
    if (position >= 150_000) throw new Error("input/output error");
    return readAt.call(this, position, buffer);
  };
  try {
    await folder.start();
    assert.match(folder.report.lastError ?? "", /input\/output error/);
    const read = folder.sink.lines.length;
    assert.ok(read > 1_000 && read < 3_000, `${read}`);
    await folder.pass();
    await folder.stop();
    await folder.start();
    assert.equal(folder.sink.lines.length, read);
  } finally {
    OpenFile.prototype.readAt = readAt;
  }
  await folder.pass();
  assert.deepEqual(folder.sink.lines, lines);
});

Deno.test("scan() looks for files at once, and the report tells when that is due", async () => {
  await using folder = new LogFolder();
  await folder.start();
  assert.equal(folder.report.nextScanAtMs, folder.clock.now() + RELOAD_INTERVAL_MS);
  folder.append("new.log", "first\n");
  await folder.scan();
  assert.deepEqual(folder.sink.lines, ["first"]);
  await folder.stop();
  assert.equal(folder.report.nextScanAtMs, undefined);
});
