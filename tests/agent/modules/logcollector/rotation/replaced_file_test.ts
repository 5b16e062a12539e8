import assert from "node:assert/strict";
import {
  LogFolder,
  READ_INTERVAL_MS,
  RELOAD_INTERVAL_MS,
  REST_IDLE_MS,
} from "../../support/log_folder.ts";

const HOUR_MS = 3_600_000;

function keysOfFiles(folder: LogFolder): string[] {
  return [...folder.sink.remembered.keys()].filter((key) => /^\d+:\d+$/.test(key));
}

Deno.test("Logcollector takes what was not read before a truncation from the copy, if that is followed", async () => {
  await using folder = new LogFolder({ startAt: "beginning" });
  folder.append("a.log", "one\nhalf");
  await folder.start({ localfiles: [{ location: folder.file("*.log*") }] });
  folder.append("a.log", " a line\n");
  Deno.copyFileSync(folder.file("a.log"), folder.file("a.log.1"));
  Deno.truncateSync(folder.file("a.log"));
  folder.append("a.log", "two\n");
  await folder.pass(2 * RELOAD_INTERVAL_MS);
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

Deno.test("Logcollector notices a file written anew, shorter and with the same beginning", async () => {
  const line = "x".repeat(1_000) + "\n";
  await using folder = new LogFolder({ startAt: "beginning" });
  folder.append("a.log", line.repeat(4));
  await folder.start();
  Deno.truncateSync(folder.file("a.log"));
  folder.append("a.log", line.repeat(2));
  await folder.pass();
  assert.equal(folder.sink.lines.length, 6);
});

Deno.test("Logcollector does not take a file for a copy that merely begins like another one", async () => {
  await using folder = new LogFolder({ startAt: "beginning" });
  folder.append("a.log", "started\none\ntwo\n");
  await folder.start();
  folder.append("a-1.log", "started\n");
  await folder.pass(2 * RELOAD_INTERVAL_MS);
  assert.deepEqual(folder.sink.lines, ["started", "one", "two", "started"]);
});

/**
 * Makes the one checkpoint there is that of the file now at `to`, as if that had got the inode of
 * the file before.
 */
function passInodeOn(folder: LogFolder, to: string, changes: object = {}): void {
  const [key = ""] = keysOfFiles(folder);
  const old = JSON.parse(folder.sink.remembered.get(key) ?? "");
  const { dev, ino } = Deno.statSync(folder.file(to));
  folder.sink.remembered.delete(key);
  folder.sink.remembered.set(`${dev}:${ino}`, JSON.stringify({ ...old, ino, ...changes }));
}

Deno.test("Logcollector is not deceived by a new file that got the inode of a deleted one", async () => {
  const intervals = { readIntervalMs: HOUR_MS / 2, reloadIntervalMs: HOUR_MS / 2 };
  await using folder = new LogFolder({ startAt: "beginning", ...intervals });
  folder.append("a.log", "started\n");
  await folder.start();
  await folder.stop();
  folder.append("b.log", "started\nin another file\n");
  passInodeOn(folder, "b.log", { born_ms: 1 });
  Deno.removeSync(folder.file("a.log"));
  await folder.start();
  assert.deepEqual(folder.sink.lines, ["started", "started", "in another file"]);
  await folder.pass(2 * HOUR_MS);
  assert.equal(keysOfFiles(folder).length, 1);
});

Deno.test("Logcollector tells by its first bytes that a file is another one when it cannot tell by its age", async () => {
  await using folder = new LogFolder({ startAt: "beginning" });
  folder.append("a.log", "a line of the old file\n");
  await folder.start();
  await folder.stop();
  folder.append("b.log", "a line of another file, longer than the old one\n");
  passInodeOn(folder, "b.log", { born_ms: null });
  Deno.removeSync(folder.file("a.log"));
  await folder.start();
  assert.equal(folder.sink.lines.at(-1), "a line of another file, longer than the old one");
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

Deno.test("Logcollector reads a deleted file to its end, and forgets it later", async () => {
  await using folder = new LogFolder({ startAt: "beginning", forgetAfterMs: 4 * REST_IDLE_MS });
  folder.append("a.log", "one\n");
  await folder.start();
  folder.append("a.log", "two\nunfinished");
  Deno.removeSync(folder.file("a.log"));
  await folder.pass();
  assert.deepEqual(folder.sink.lines, ["one", "two"]);
  await folder.pass(2 * REST_IDLE_MS + READ_INTERVAL_MS);
  assert.deepEqual(folder.sink.lines, ["one", "two", "unfinished"]);
  assert.equal(folder.report.details["files"], 0);
  await folder.pass(4 * REST_IDLE_MS);
  assert.deepEqual(keysOfFiles(folder), []);
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

for (const isDown of [false, true]) {
  const when = isDown ? "while it was stopped" : "between two looks";
  Deno.test(`Logcollector reads a log again that an editor put in place of the one before ${when}, and says so`, async () => {
    await using folder = new LogFolder({ startAt: "beginning" });
    const lines = Array.from({ length: 10 }, (_, index) => `line ${index} ${"x".repeat(40)}`);
    const before = lines.map((line) => `${line}\n`).join("");
    folder.append("a.log", before);
    await folder.start();
    if (isDown) await folder.stop();
    folder.rename("a.log", "a.log~");
    folder.append("a.log", `${before}last\n`);
    if (isDown) await folder.start();
    await folder.pass(2 * RELOAD_INTERVAL_MS);
    assert.deepEqual(folder.sink.lines, [...lines, ...lines, "last"]);
    const reason = "read although it may be a copy: its first lines may be there twice";
    const detail = `${folder.file("a.log")} (${before.length} bytes)`;
    assert.deepEqual(folder.sink.losses, [{ events: 0, bytes: 0, reason, detail }]);
  });
}
