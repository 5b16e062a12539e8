import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { betweenSteps } from "../../../../conservation/support/between_steps.ts";
import { LogFolder, RELOAD_INTERVAL_MS, REST_IDLE_MS } from "../../support/log_folder.ts";

const LONG_MS = REST_IDLE_MS + 2 * RELOAD_INTERVAL_MS;

/** Follows one log, whose rotated files are not configured. */
function followLog(location = "app.log"): LogFolder {
  const folder: LogFolder = new LogFolder({
    startAt: "beginning",
    get localfiles() {
      return [{ location: folder.file(location) }];
    },
  });
  return folder;
}

function compress(folder: LogFolder, from: string, to: string): void {
  Deno.writeFileSync(folder.file(to), gzipSync(Deno.readFileSync(folder.file(from))));
  Deno.removeSync(folder.file(from));
}

Deno.test("Logcollector reads the targets that a link led to between two looks", async () => {
  await using folder = followLog();
  folder.append("app.log", "one\n");
  await folder.start();
  folder.rename("app.log", "data-1.txt");
  for (const [name, line] of [["data-2.txt", "two\n"], ["data-3.txt", "three\n"]] as const) {
    folder.append(name, line);
    Deno.symlinkSync(folder.file(name), folder.file("next"));
    folder.rename("next", "app.log");
  }
  folder.append("other-4.txt", "of nobody\n");
  await folder.pass(LONG_MS);
  assert.deepEqual(folder.sink.lines, ["one", "two", "three"]);
  assert.deepEqual(folder.sink.losses, []);
});

for (const isDown of [false, true]) {
  const when = isDown ? "while it was stopped" : "between two looks";
  Deno.test(`Logcollector reads files that were made, rotated and compressed ${when}, once`, async () => {
    await using folder = followLog();
    folder.append("app.log", "one\n");
    await folder.start();
    if (isDown) await folder.stop();
    folder.append("app.log", "two\n");
    compress(folder, "app.log", "app.log.2.gz");
    folder.append("app.log", "three\n");
    compress(folder, "app.log", "app.log.1.gz");
    folder.append("app.log", "four\n");
    if (isDown) await folder.start();
    await folder.pass(LONG_MS);
    assert.deepEqual(folder.sink.lines, ["one", "two", "three", "four"]);
    assert.deepEqual(folder.sink.losses, []);
    await folder.close();
    folder.rename("app.log.2.gz", "app.log.3.gz");
    folder.rename("app.log.1.gz", "app.log.2.gz");
    compress(folder, "app.log", "app.log.1.gz");
    folder.append("app.log", "five\n");
    await folder.start();
    await folder.pass(LONG_MS);
    assert.deepEqual(folder.sink.lines, ["one", "two", "three", "four", "five"]);
  });
}

for (const read of ["", "zero\n"]) {
  const of = read === "" ? "an empty log" : "a log";
  Deno.test(`Logcollector reads what became of ${of} and was compressed, and what lies beside it, while nothing is at its path`, async () => {
    await using folder = followLog();
    folder.append("app.log", read);
    await folder.start();
    await folder.stop();
    folder.append("app.log", "one\n");
    folder.rename("app.log", "app.log.1");
    folder.append("app.log", "two\n");
    compress(folder, "app.log.1", "app.log.2.gz");
    folder.rename("app.log", "app.log.1");
    await folder.start();
    await folder.pass(RELOAD_INTERVAL_MS);
    folder.append("app.log", "three\n");
    await folder.pass(LONG_MS);
    assert.equal(folder.sink.lines.join("\n"), `${read}one\ntwo\nthree`);
    assert.deepEqual(folder.sink.losses, []);
  });
}

const PACKED = ["app.log.2.gz", "app.log.1.gz"];
const LINE_BYTES = 601;

/** Compressed files of three lines each are found, and only the first line is read until the agent is killed. */
async function killedWhileUnpacking(): Promise<LogFolder> {
  const folder: LogFolder = new LogFolder({
    blockBytes: LINE_BYTES,
    maxLineBytes: 700,
    get localfiles() {
      return [{ location: folder.file("app.log") }];
    },
  });
  folder.append("app.log", "");
  await folder.start();
  await folder.stop();
  for (const name of PACKED) {
    for (const line of [1, 2, 3]) {
      folder.append("app.log", `${name} ${line}`.padEnd(LINE_BYTES - 1) + "\n");
    }
    compress(folder, "app.log", name);
    folder.append("app.log", "");
  }
  folder.sink.fate = ({ events }) => events.length > 0 ? "crash" : "take";
  await folder.start();
  await folder.stop();
  assert.equal(folder.sink.lines.length, 1);
  folder.sink.fate = () => "take";
  return folder;
}

Deno.test("Logcollector goes on in a compressed file that it had found and not read when it was killed", async () => {
  await using folder = await killedWhileUnpacking();
  await folder.start();
  await folder.pass(LONG_MS);
  const lines = PACKED.flatMap((name) => [1, 2, 3].map((line) => `${name} ${line}`));
  assert.deepEqual(folder.sink.lines.map((line) => line.trimEnd()), lines);
  assert.deepEqual(folder.sink.losses, []);
});

/** Two logs, a queue that pushes back at the first of their blocks, and compressed files found meanwhile. */
async function foundWhileQueueIsFull(): Promise<LogFolder> {
  const folder: LogFolder = new LogFolder({
    startAt: "beginning",
    blockBytes: 40,
    maxLineBytes: 40,
    get localfiles() {
      return [{ location: folder.file("app.log") }, { location: folder.file("other.log") }];
    },
  });
  folder.append("app.log", "");
  await folder.start();
  folder.sink.pushBack();
  folder.append("app.log", "one is longer than half of a block\n".repeat(2));
  folder.append("other.log", "of another log\n");
  await folder.clock.advance(RELOAD_INTERVAL_MS);
  compress(folder, "app.log", "app.log.3.gz");
  for (const name of ["two", "three"]) {
    folder.append("app.log", `${name}\n`);
    compress(folder, "app.log", `app.log.${name === "two" ? 2 : 1}.gz`);
  }
  folder.append("app.log", "four\n");
  await folder.clock.advance(RELOAD_INTERVAL_MS);
  return folder;
}

Deno.test("Logcollector reads compressed files that it found while the queue was full, after a kill at the next commit", async () => {
  await using folder = await foundWhileQueueIsFull();
  let appends = 0;
  folder.sink.fate = () => appends++ === 0 ? "take" : "crash";
  folder.sink.open();
  await folder.quiet();
  folder.sink.fate = () => "take";
  await folder.stop();
  await folder.start();
  await folder.pass(LONG_MS);
  const one = "one is longer than half of a block";
  const read = folder.sink.lines.filter((line) => line !== "of another log");
  assert.deepEqual(read, [one, one, "two", "three", "four"]);
  assert.deepEqual(folder.sink.losses, []);
});

Deno.test("Logcollector says what was in a compressed file that was damaged before it was read to its end", async () => {
  await using folder = await killedWhileUnpacking();
  using file = Deno.openSync(folder.file("app.log.1.gz"), { write: true });
  file.writeSync(new Uint8Array(file.statSync().size));
  await folder.start();
  await folder.pass(LONG_MS);
  assert.equal(folder.sink.lines.length, 3);
  const told = folder.sink.losses.map(({ reason, bytes }) => ({ reason, bytes }));
  assert.deepEqual(told, [{ reason: "file gone before it was read", bytes: 3 * LINE_BYTES }]);
});

Deno.test("Logcollector says that a file is missing when the one kept is younger than the end of the last one known", async () => {
  await using folder = followLog();
  folder.append("app.log", "one\n");
  await folder.start();
  await folder.stop();
  for (const line of ["two", "three", "four"]) {
    folder.rename("app.log", "app.log.old");
    folder.append("app.log", `${line}\n`);
  }
  await folder.start();
  await folder.pass(LONG_MS);
  assert.deepEqual(folder.sink.lines, ["one", "three", "four"]);
  assert.ok(folder.sink.losses.length > 0);
});

Deno.test("Logcollector reads what was rotated twice between two looks where the old file's name is given on", async () => {
  await using folder = followLog();
  folder.append("app.log", "one\n");
  await folder.start();
  folder.append("app.log", "two\n");
  folder.rename("app.log", "app.log.old");
  folder.append("app.log", "three\n");
  folder.rename("app.log.old", "app.log.old.1");
  folder.rename("app.log", "app.log.old");
  folder.append("app.log", "four\n");
  await folder.pass(LONG_MS);
  assert.deepEqual(folder.sink.lines, ["one", "two", "three", "four"]);
  assert.deepEqual(folder.sink.losses, []);
});

/** As with `compress` and `delaycompress`: the file before the last is compressed. */
function rotateCompressed(folder: LogFolder): void {
  folder.rename("app.log.2.gz", "app.log.3.gz");
  compress(folder, "app.log.1", "app.log.2.gz");
  folder.rename("app.log", "app.log.1");
  folder.append("app.log", "five\n");
}

Deno.test("Logcollector reads once what is compressed and renamed at any of its steps", async () => {
  for (let step = 0, isOver = false; !isOver; step += 4) {
    await using folder = followLog();
    folder.append("app.log", "one\n");
    await folder.start();
    await folder.stop();
    folder.append("app.log", "two\n");
    compress(folder, "app.log", "app.log.2.gz");
    folder.append("app.log.1", "three\n");
    folder.append("app.log", "four\n");
    let left = step;
    {
      using _ = betweenSteps(() => {
        if (left-- === 0) rotateCompressed(folder);
      });
      await folder.start();
    }
    isOver = left >= 0;
    await folder.pass(LONG_MS);
    const lines = ["one", "two", "three", "four", ...(isOver ? [] : ["five"])];
    assert.deepEqual(folder.sink.lines.toSorted(), lines.toSorted(), `step ${step}`);
  }
});

Deno.test("Logcollector unpacks no more than a bound, and says that the rest is not read", async () => {
  await using folder = followLog();
  folder.append("app.log", "one\n");
  await folder.start();
  await folder.stop();
  folder.append("app.log", "a line that may stand for any number\n".repeat(10_000));
  compress(folder, "app.log", "app.log.1.gz");
  folder.append("app.log", "two\n");
  await folder.start({ maxUnpackedBytes: 100_000 });
  await folder.pass(LONG_MS);
  assert.ok(folder.sink.lines.length < 6_000);
  assert.ok(folder.sink.lines.includes("two"));
  const reasons = folder.sink.losses.map(({ reason }) => reason);
  assert.match(reasons.join(), /more than 100000 unread bytes: the rest is not read/);
});

for (const isDown of [false, true]) {
  const when = isDown ? "while it was stopped" : "between two looks";
  Deno.test(`Logcollector reads the rest of a log in the copy that was compressed at once ${when}`, async () => {
    await using folder = followLog();
    folder.append("app.log", "one\n");
    await folder.start();
    if (isDown) await folder.stop();
    for (const [name, line] of [["app.log.2", "two\n"], ["app.log.1", "three\n"]] as const) {
      folder.append("app.log", line);
      Deno.copyFileSync(folder.file("app.log"), folder.file(name));
      Deno.truncateSync(folder.file("app.log"));
      compress(folder, name, `${name}.gz`);
    }
    folder.append("app.log", "four\n");
    if (isDown) await folder.start();
    await folder.pass(LONG_MS);
    assert.deepEqual(folder.sink.lines, ["one", "two", "three", "four"]);
    assert.deepEqual(folder.sink.losses.filter(({ bytes }) => bytes > 0), []);
  });
}

for (const nameOf of [(n: number) => `app.log.${n}`, (n: number) => `app-${n}.log`]) {
  Deno.test(`Logcollector reads what was put aside twice between two looks under rising numbers: ${nameOf(2)}`, async () => {
    await using folder = followLog();
    folder.append("app.log", "line 0\n");
    await folder.start();
    for (let rotations = 1; rotations <= 6; rotations++) {
      folder.rename("app.log", nameOf(rotations));
      // In the clock of the file system they must not come at one time.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
      folder.append("app.log", `line ${rotations}\n`);
      if (rotations !== 3 && rotations !== 5) await folder.pass(RELOAD_INTERVAL_MS);
    }
    await folder.pass(LONG_MS);
    assert.deepEqual(folder.sink.lines, [0, 1, 2, 3, 4, 5, 6].map((line) => `line ${line}`));
    assert.deepEqual(folder.sink.losses, []);
  });
}
