import assert from "node:assert/strict";
import { basename } from "node:path";
import { LogFolder, READ_INTERVAL_MS, RELOAD_INTERVAL_MS } from "../support/log_folder.ts";

const LONG_MS = 4 * RELOAD_INTERVAL_MS;
/** What every night's run writes, longer than what may be equal by chance. */
const REPORT = Array.from({ length: 20 }, (_, step) => `step ${step} of the backup is done\n`)
  .join("");

/** What arrived of each file, and whether the ledger says anything. */
function arrived(folder: LogFolder): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { data } of folder.sink.events) {
    const name = basename(data.log.file.path);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** Files that come one after the other into a folder that is followed already. */
async function appear(folder: LogFolder, names: readonly string[], text: string): Promise<void> {
  for (const name of names) {
    folder.append(name, text);
    await folder.pass(2 * RELOAD_INTERVAL_MS);
  }
}

for (
  const names of [
    ["backup-1.log", "backup-2.log", "backup-3.log"],
    ["backup-20260101.log", "backup-20260102.log"],
    ["worker.log", "worker-1.log", "worker-2.log"],
    ["svc-a.log", "svc-b.log"],
    ["backup.log.1", "backup.log.2"].map((name) => `${name}.log`),
  ]
) {
  Deno.test(`Logcollector reads the same line in each of ${names.join(", ")} without an alarm`, async () => {
    await using folder = new LogFolder();
    await folder.start();
    await appear(folder, names, "backup OK\n");
    assert.deepEqual(arrived(folder), Object.fromEntries(names.map((name) => [name, 1])));
    assert.deepEqual(folder.sink.losses, []);
  });
}

Deno.test("Logcollector reads equal files that come at the same time", async () => {
  await using folder = new LogFolder();
  await folder.start();
  for (let number = 0; number < 30; number++) folder.append(`f${number}.log`, "OK\n");
  await folder.pass(LONG_MS);
  assert.equal(folder.sink.lines.length, 30);
  assert.deepEqual(folder.sink.losses, []);
});

Deno.test("Logcollector reads a long report that is equal to that of another name, and says that it may be a copy", async () => {
  await using folder = new LogFolder();
  await folder.start();
  await appear(folder, ["backup-1.log", "backup-2.log"], REPORT);
  assert.deepEqual(arrived(folder), { "backup-1.log": 20, "backup-2.log": 20 });
  const [{ reason, detail } = { reason: "", detail: "" }, ...others] = folder.sink.losses;
  assert.match(reason, /^read although it may be a copy/);
  assert.equal(detail, `${folder.file("backup-2.log")} (${REPORT.length} bytes)`);
  assert.deepEqual(others, []);
});

Deno.test("Logcollector reads what a job writes into one file and removes, and then into the next one", async () => {
  await using folder = new LogFolder();
  await folder.start();
  for (const name of ["backup-1.log", "backup-2.log"]) {
    folder.append(name, "backup OK\n");
    await folder.pass(LONG_MS);
    Deno.removeSync(folder.file(name));
    await folder.pass(LONG_MS);
  }
  assert.deepEqual(arrived(folder), { "backup-1.log": 1, "backup-2.log": 1 });
});

Deno.test("Logcollector reads what a log had when it was truncated from a file of another name that has only that", async () => {
  await using folder = new LogFolder();
  await folder.start();
  await appear(folder, ["job-a.log"], "OK\n");
  Deno.truncateSync(folder.file("job-a.log"));
  await folder.pass();
  await appear(folder, ["job-b.log"], "OK\n");
  assert.deepEqual(arrived(folder), { "job-a.log": 1, "job-b.log": 1 });
});

Deno.test("Logcollector gives the unfinished line of a file that begins like a file beside it", async () => {
  await using folder = new LogFolder({ partialIdleMs: READ_INTERVAL_MS });
  await folder.start();
  await appear(folder, ["a.log"], "#Fields: date time\nrow 1\n");
  await appear(folder, ["d.log"], "#F");
  assert.deepEqual(folder.sink.lines, ["#Fields: date time", "row 1", "#F"]);
});

for (const heading of ["#Fields: date time s-ip\n", REPORT]) {
  Deno.test(`Logcollector raises no alarm when logs go on differently behind the same ${heading.length} bytes`, async () => {
    await using folder = new LogFolder();
    await folder.start();
    await appear(folder, ["a.log"], `${heading}row 1\n`);
    await appear(folder, ["a.log"], "row 2\n");
    await appear(folder, ["b.log"], heading);
    await appear(folder, ["b.log"], "row X\n");
    await appear(folder, ["c.log"], `${heading}row 1\nrow 2\nrow 3\n`);
    const perHeading = heading.split("\n").length - 1;
    const expected = { "a.log": perHeading + 2, "b.log": perHeading + 1, "c.log": perHeading + 3 };
    assert.deepEqual(arrived(folder), expected);
    assert.deepEqual(folder.sink.losses, []);
  });
}

Deno.test("Logcollector raises no alarm when two logs go on whose names are like those of a rotation", async () => {
  await using folder = new LogFolder();
  await folder.start();
  await appear(folder, ["worker.log"], `${REPORT}job 1\n`);
  await appear(folder, ["worker-1.log"], REPORT);
  folder.append("worker.log", "job 2\n");
  await appear(folder, ["worker-1.log"], "job A\n");
  assert.deepEqual(arrived(folder), { "worker.log": 22, "worker-1.log": 21 });
  assert.deepEqual(folder.sink.losses, []);
});
