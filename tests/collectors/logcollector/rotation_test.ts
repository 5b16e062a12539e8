import assert from "node:assert/strict";
import { isRotationOf } from "../../../src/collectors/logcollector/rotations.ts";
import { LogFolder, READ_INTERVAL_MS, REST_IDLE_MS } from "../support/log_folder.ts";

/** After this a renamed file is closed, and everything has been looked at again. */
const LONG_MS = REST_IDLE_MS + 60_000;
const HOUR_MS = 3_600_000;

function keysOfFiles(folder: LogFolder): string[] {
  return [...folder.sink.remembered.keys()].filter((key) => !key.startsWith("location:"));
}

Deno.test("isRotationOf() knows numbers and dates behind the name or before its ending", () => {
  const rotated = [
    "x.log.1",
    "x.log-20260219",
    "x.log.2026-02-19_10",
    "x.1.log",
    "x-2026-02-19.log",
  ];
  const others = ["x.log", "x.log.gz", "x.log.1.gz", "x.logs.1", "y.log.1", "x.log.old", "x1.log"];
  for (const name of rotated) assert.ok(isRotationOf("/l/x.log", `/l/${name}`), name);
  for (const name of others) assert.ok(!isRotationOf("/l/x.log", `/l/${name}`), name);
  assert.ok(!isRotationOf("/l/x.log", "/other/x.log.1"));
});

for (const [where, location] of [["outside", "*.log"], ["inside", "*.log*"]] as const) {
  /** A folder in which rotated files are outside or inside what is followed. */
  const follow = () => {
    const folder: LogFolder = new LogFolder({
      startAt: "beginning",
      get localfiles() {
        return [{ location: folder.file(location) }];
      },
    });
    return folder;
  };

  Deno.test(`Logcollector reads a renamed file to its end before the new one (renamed ${where} the glob)`, async () => {
    await using folder = follow();
    folder.append("a.log", "one\n");
    await folder.start();
    folder.append("a.log", "two\n");
    folder.rename("a.log", "a.log.1");
    folder.append("a.log", "three\n");
    await folder.pass();
    assert.deepEqual(folder.sink.lines, ["one", "two", "three"]);
    folder.append("a.log.1", "late\n");
    folder.append("a.log", "four\n");
    await folder.pass(LONG_MS);
    assert.deepEqual(folder.sink.lines, ["one", "two", "three", "late", "four"]);
    await folder.stop();
    await folder.start();
    await folder.pass(LONG_MS);
    assert.equal(folder.sink.lines.length, 5);
  });

  Deno.test(`Logcollector finds a file that was renamed while it was stopped (${where} the glob)`, async () => {
    await using folder = follow();
    folder.append("a.log", "one\n");
    await folder.start();
    await folder.stop();
    folder.append("a.log", "two\n");
    folder.rename("a.log", "a.log.1");
    folder.append("a.log", "three\n");
    await folder.start();
    await folder.pass(LONG_MS);
    assert.deepEqual(folder.sink.lines, ["one", "two", "three"]);
    await folder.stop();
    await folder.start();
    assert.deepEqual(folder.sink.lines, ["one", "two", "three"]);
  });

  for (const stopped of [false, true]) {
    const when = stopped ? "while it was stopped" : "between two looks";
    Deno.test(`Logcollector reads files that were rotated several times ${when}, in order (${where} the glob)`, async () => {
      await using folder = follow();
      folder.append("a.log", "one\n");
      await folder.start();
      if (stopped) await folder.stop();
      for (const line of ["two", "three", "four"]) {
        folder.append("a.log", `${line}\n`);
        for (const number of [2, 1]) {
          if (exists(folder.file(`a.log.${number}`))) {
            folder.rename(`a.log.${number}`, `a.log.${number + 1}`);
          }
        }
        folder.rename("a.log", "a.log.1");
      }
      folder.append("a.log", "five\n");
      if (stopped) await folder.start();
      await folder.pass(LONG_MS);
      assert.deepEqual(folder.sink.lines, ["one", "two", "three", "four", "five"]);
      await folder.stop();
      await folder.start();
      await folder.pass(LONG_MS);
      assert.equal(folder.sink.lines.length, 5);
    });
  }

  Deno.test(`Logcollector reads a file that was copied and truncated (copied ${where} the glob)`, async () => {
    await using folder = follow();
    folder.append("a.log", "one\ntwo\n");
    await folder.start();
    Deno.copyFileSync(folder.file("a.log"), folder.file("a.log.1"));
    Deno.truncateSync(folder.file("a.log"));
    folder.append("a.log", "three\n");
    await folder.pass(LONG_MS);
    assert.deepEqual(folder.sink.lines, ["one", "two", "three"]);
    assert.deepEqual(folder.sink.losses, []);
    assert.equal(folder.report.details["truncations"], 1);
  });

  Deno.test(`Logcollector notices that a file was copied and truncated while it was stopped (${where} the glob)`, async () => {
    await using folder = follow();
    folder.append("a.log", "one\n");
    await folder.start();
    await folder.stop();
    Deno.copyFileSync(folder.file("a.log"), folder.file("a.log.1"));
    Deno.truncateSync(folder.file("a.log"));
    folder.append("a.log", "two, longer than what was there before\n");
    await folder.start();
    await folder.pass(LONG_MS);
    assert.deepEqual(folder.sink.lines, ["one", "two, longer than what was there before"]);
  });

  Deno.test(`Logcollector gives a renamed file's unfinished last line once it is quiet (${where} the glob)`, async () => {
    await using folder = follow();
    folder.append("a.log", "one\nhalf");
    await folder.start();
    folder.rename("a.log", "a.log.1");
    folder.append("a.log", "two\n");
    await folder.pass(2 * READ_INTERVAL_MS);
    assert.deepEqual(folder.sink.lines, ["one"]);
    await folder.pass(LONG_MS);
    assert.deepEqual(folder.sink.lines, ["one", "half", "two"]);
  });
}

Deno.test("Logcollector takes what was not read before a truncation from the copy, if that is followed", async () => {
  await using folder = new LogFolder({ startAt: "beginning" });
  folder.append("a.log", "one\nhalf");
  await folder.start({ localfiles: [{ location: folder.file("*.log*") }] });
  folder.append("a.log", " a line\n");
  Deno.copyFileSync(folder.file("a.log"), folder.file("a.log.1"));
  Deno.truncateSync(folder.file("a.log"));
  folder.append("a.log", "two\n");
  await folder.pass(LONG_MS);
  assert.deepEqual(folder.sink.lines.toSorted(), ["half a line", "one", "two"]);
  assert.deepEqual(folder.sink.losses, []);
});

Deno.test("Logcollector reports bytes that a truncation took before they were read", async () => {
  await using folder = new LogFolder({ startAt: "beginning" });
  folder.append("a.log", "one\nunfinished");
  await folder.start();
  Deno.truncateSync(folder.file("a.log"));
  folder.append("a.log", "two\n");
  await folder.pass();
  assert.deepEqual(folder.sink.lines, ["one", "two"]);
  const reason = "file truncated before it was read";
  const loss = { events: 0, bytes: "unfinished".length, reason, detail: folder.file("a.log") };
  assert.deepEqual(folder.sink.losses, [loss]);
});

Deno.test("Logcollector notices a file written anew with the same length", async () => {
  await using folder = new LogFolder({ startAt: "beginning" });
  folder.append("a.log", "one\n");
  await folder.start();
  Deno.truncateSync(folder.file("a.log"));
  folder.append("a.log", "two\n");
  Deno.utimeSync(folder.file("a.log"), 1, 1);
  await folder.pass();
  assert.deepEqual(folder.sink.lines, ["one", "two"]);
});

Deno.test("Logcollector is not deceived by a new file that got the inode of a deleted one", async () => {
  await using folder = new LogFolder({ startAt: "beginning" });
  folder.append("a.log", "a long first line of the old file\n");
  await folder.start();
  await folder.stop();
  const [key = ""] = keysOfFiles(folder);
  const old = folder.sink.remembered.get(key) ?? "";
  folder.append("b.log", "a first line of another file, longer than the old one\n");
  const { dev, ino } = Deno.statSync(folder.file("b.log"));
  Deno.removeSync(folder.file("a.log"));
  folder.sink.remembered.delete(key);
  folder.sink.remembered.set(`${dev}:${ino}`, JSON.stringify({ ...JSON.parse(old), ino }));
  await folder.start();
  assert.equal(folder.sink.lines.at(-1), "a first line of another file, longer than the old one");
});

Deno.test("Logcollector knows a file again whose device got another number", async () => {
  await using folder = new LogFolder({ startAt: "beginning" });
  folder.append("a.log", "one\n");
  await folder.start();
  await folder.stop();
  const [key = ""] = keysOfFiles(folder);
  const { dev, ...rest } = JSON.parse(folder.sink.remembered.get(key) ?? "");
  folder.sink.remembered.delete(key);
  folder.sink.remembered.set(`1:${rest.ino}`, JSON.stringify({ ...rest, dev: 1 }));
  folder.append("a.log", "two\n");
  await folder.start();
  assert.deepEqual(folder.sink.lines, ["one", "two"]);
  assert.deepEqual(keysOfFiles(folder), [`${dev}:${rest.ino}`]);
});

Deno.test("Logcollector reads a deleted file to its end, then forgets it", async () => {
  await using folder = new LogFolder({ startAt: "beginning" });
  folder.append("a.log", "one\n");
  await folder.start();
  folder.append("a.log", "two\nunfinished");
  Deno.removeSync(folder.file("a.log"));
  await folder.pass();
  assert.deepEqual(folder.sink.lines, ["one", "two"]);
  await folder.pass(2 * REST_IDLE_MS + READ_INTERVAL_MS);
  assert.deepEqual(folder.sink.lines, ["one", "two", "unfinished"]);
  assert.deepEqual(keysOfFiles(folder), []);
  assert.equal(folder.report.details["files"], 0);
});

Deno.test("Logcollector goes on in a file that was missing for a while, and forgets one that stays away", async () => {
  const intervals = { readIntervalMs: HOUR_MS / 4, reloadIntervalMs: HOUR_MS / 4 };
  await using folder = new LogFolder({ startAt: "beginning", ...intervals });
  folder.append("a.log", "one\n");
  folder.append("b.log", "two\n");
  await folder.start();
  await folder.stop();
  Deno.mkdirSync(folder.file("away"));
  folder.rename("a.log", "away/a.log");
  folder.rename("b.log", "away/b.log");
  await folder.start();
  await folder.pass(HOUR_MS / 4);
  folder.append("away/a.log", "three\n");
  folder.rename("away/a.log", "a.log");
  await folder.pass(HOUR_MS / 4);
  assert.deepEqual(folder.sink.lines, ["one", "two", "three"]);
  assert.equal(keysOfFiles(folder).length, 2);
  await folder.pass(HOUR_MS);
  assert.equal(keysOfFiles(folder).length, 1);
});

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
