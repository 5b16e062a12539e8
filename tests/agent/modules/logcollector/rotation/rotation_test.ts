import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { identityOf } from "../../../../../src/agent/modules/logcollector/files/file_identity.ts";
import {
  generationsIn,
  isRotationName,
} from "../../../../../src/agent/modules/logcollector/rotation/generations.ts";
import {
  LogFolder,
  READ_INTERVAL_MS,
  RELOAD_INTERVAL_MS,
  REST_IDLE_MS,
} from "../../support/log_folder.ts";

/** After this a renamed file is closed, and everything has been looked at again. */
const LONG_MS = REST_IDLE_MS + 60_000;

Deno.test("isRotationName() knows numbers, dates and words behind the name, and numbers before its ending", () => {
  const rotated = [
    "x.log.1",
    "x.log-20260219",
    "x.log.2026-02-19_10",
    "x.log.old",
    "x.1.log",
    "x-2026-02-19.log",
  ];
  const others = ["x.log", "x.log.gz", "x.log.1.gz", "x.logs.1", "y.log.1", "x1.log", "ax.log.1"];
  for (const name of rotated) assert.ok(isRotationName("/l/x.log", `/l/${name}`), name);
  for (const name of others) assert.ok(!isRotationName("/l/x.log", `/l/${name}`), name);
  assert.ok(!isRotationName("/l/x.log", "/other/x.log.1"));
});

Deno.test("generationsIn() goes by the name that the file before got, and takes nothing else", () => {
  const folder = Deno.makeTempDirSync();
  const path = (name: string) => join(folder, name);
  const others = ["x-1.log", "x.log.9.txt", "x.log.old", "ax.log.1", "x.log.11"];
  for (const name of ["x.log.10", "x.log.9", ...others]) Deno.writeTextFileSync(path(name), "");
  const [older, newer] = ["x.log.10", "x.log.9"].map((name) =>
    identityOf(Deno.statSync(path(name)))
  );
  assert.ok(older && newer);
  const after = (last: typeof older, afterMs: number) =>
    generationsIn({ log: path("x.log"), afterMs, last, current: undefined })
      .map((sibling) => basename(sibling.path));
  assert.deepEqual(after(older, older.born_ms ?? 0), ["x.log.9"]);
  assert.deepEqual(after(older, Infinity), []);
  assert.deepEqual(after(newer, older.born_ms ?? 0), []);
  assert.deepEqual(after({ ...older, ino: 1 }, 0), [], "nobody knows where it went");
  Deno.removeSync(folder, { recursive: true });
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
    await folder.pass(where === "inside" ? RELOAD_INTERVAL_MS : READ_INTERVAL_MS);
    folder.append("a.log.1", "late\n");
    folder.append("a.log", "four\n");
    await folder.pass(LONG_MS);
    assert.deepEqual(folder.sink.lines, ["one", "two", "three", "late", "four"]);
    const names = folder.sink.events.map(({ data }) => basename(data.log.file.path));
    const nameOfLate = where === "inside" ? "a.log.1" : "a.log";
    assert.deepEqual(names, ["a.log", "a.log", "a.log", nameOfLate, "a.log"]);
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

Deno.test("Logcollector finds a rotated file that was made long after the one before it had left", async () => {
  await using folder = new LogFolder({ startAt: "beginning" });
  folder.append("a.log", "one\n");
  await folder.start();
  folder.rename("a.log", "a.log.1");
  await folder.pass(LONG_MS);
  folder.rename("a.log.1", "a.log.2");
  folder.append("a.log", "two\n");
  folder.rename("a.log", "a.log.1");
  folder.append("a.log", "three\n");
  await folder.pass();
  assert.deepEqual(folder.sink.lines, ["one", "two", "three"]);
});

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

Deno.test("files that the configuration does not name any more are no loss, after a reload and after a restart", async () => {
  for (const way of ["reload", "start"] as const) {
    await using folder = new LogFolder({ forgetAfterMs: 2 * RELOAD_INTERVAL_MS });
    await folder.start();
    for (const name of ["a.log", "b.log"]) folder.append(name, `${name}\n`);
    await folder.pass(RELOAD_INTERVAL_MS);
    assert.equal(folder.sink.lines.length, 2);
    folder.append("a.log", "unread\n");
    if (way === "start") await folder.close();
    await folder[way]({ localfiles: [{ location: folder.file("*.txt") }] });
    await folder.pass(5 * RELOAD_INTERVAL_MS);
    assert.deepEqual(folder.sink.losses, [], way);
  }
});

Deno.test("a file whose location is taken out and put back is read on where reading ended", async () => {
  await using folder = new LogFolder();
  await folder.start();
  folder.append("a.log", "one\n");
  await folder.pass(RELOAD_INTERVAL_MS);
  await folder.reload({ localfiles: [{ location: folder.file("*.txt") }] });
  await folder.pass(RELOAD_INTERVAL_MS);
  folder.append("a.log", "two\n");
  await folder.reload();
  assert.deepEqual(folder.sink.lines, ["one", "two"]);
  assert.deepEqual(folder.sink.losses, []);
});
