import assert from "node:assert/strict";
import { FollowedJournal } from "./support/followed_journal.ts";
import { JournalFiles, messages, numbered, testWithJournal } from "./support/journal_files.ts";

testWithJournal("Journald makes an event of each entry, with its time and its unit", async () => {
  using files = new JournalFiles();
  await files.write(numbered(30));
  await using journal = new FollowedJournal({ directory: files.path });
  journal.start();
  await journal.untilStored(30);
  assert.deepEqual(journal.sink.lines, messages(30));
  const [{ header, data } = assert.fail()] = journal.sink.events;
  assert.deepEqual(header, { module: "logcollector", collector: "journald" });
  const { created, ...event } = data.event;
  assert.match(created, /^20\d\d-.*Z$/);
  assert.deepEqual({ ...data, event }, {
    event: { original: "message 1", provider: "unit1.service" },
    "@timestamp": "2025-11-24T16:00:00.001000Z",
  });
});

testWithJournal(
  "Journald begins at the end, and misses nothing from its first start on",
  async () => {
    using files = new JournalFiles();
    await files.write(numbered(5));
    await using journal = new FollowedJournal({ directory: files.path, startAt: "end" });
    journal.start();
    await journal.until(({ remembered }) => remembered.size > 0);
    await journal.stop();
    await files.write(numbered(20, 6));
    journal.start();
    await journal.untilStored(20);
    assert.deepEqual(journal.sink.lines, messages(20, 6));
    assert.deepEqual(journal.sink.losses, []);
  },
);

testWithJournal(
  "Journald begins with a journal that is empty at first at its beginning",
  async () => {
    using files = new JournalFiles();
    await using journal = new FollowedJournal({ directory: files.path, startAt: "end" });
    journal.start();
    await journal.until(({ remembered }) => remembered.size > 0);
    assert.equal(journal.module.report().problems?.[0]?.code, "nothing_matches");
    await journal.stop();
    await files.write(numbered(3));
    journal.start();
    await journal.untilStored(3);
    assert.deepEqual(journal.sink.lines, messages(3));
    assert.deepEqual(journal.module.report().problems, []);
  },
);

testWithJournal("Journald is among the followed files, with how far behind it is", async () => {
  using files = new JournalFiles();
  await files.write(numbered(2));
  await using journal = new FollowedJournal({ directory: files.path });
  journal.start();
  await journal.untilStored(2);
  const [file] = journal.module.files();
  assert.deepEqual([file?.path, file?.state, file?.reason], [files.path, "followed", null]);
  assert.ok((file?.lag_s ?? 0) > 86_400);
});

testWithJournal("Journald tells what comes while it follows", async () => {
  using files = new JournalFiles();
  await files.write(numbered(2));
  await using journal = new FollowedJournal({ directory: files.path });
  journal.start();
  await journal.untilStored(2);
  await files.write(numbered(2, 3));
  await journal.untilStored(4);
  assert.deepEqual(journal.sink.lines, messages(4));
});

testWithJournal("Journald tells entries once, whenever it or journalctl is killed", async () => {
  using files = new JournalFiles();
  await files.write(numbered(400));
  await using journal = new FollowedJournal({ directory: files.path });
  let fates = 0;
  journal.sink.fate = () => (["take", "crash", "take", "fail"] as const)[fates++ % 4] ?? "take";
  let written = 400;
  for (let round = 0; round < 6; round++) {
    const before = journal.sink.groups.length;
    journal.start();
    // What the sink throws ends it.
    await journal.until(({ groups }) => groups.length > before).catch(() => {});
    if (round % 2 === 0) killIfThere(journal.pids.at(-1));
    await journal.stop();
    await files.write(numbered(50, written + 1));
    written += 50;
  }
  journal.sink.fate = () => "take";
  journal.start();
  await journal.untilStored(written);
  assert.deepEqual(journal.sink.lines, messages(written));
  assert.deepEqual(journal.sink.losses, []);
});

testWithJournal(
  "Journald tells once that the journal was vacuumed meanwhile, and from when to when",
  async () => {
    using files = new JournalFiles();
    await files.write(numbered(10));
    await using journal = new FollowedJournal({ directory: files.path });
    journal.start();
    await journal.untilStored(10);
    await journal.stop();
    // One sequence in two files, as rotation leaves it.
    await files.write(numbered(15, 11));
    const copy = `${files.path}/whole`;
    await Deno.rename(`${files.path}/system.journal`, copy);
    await using _ = { [Symbol.asyncDispose]: () => Promise.resolve() };
    await files.write(numbered(5, 26), "system.journal");
    journal.start();
    await journal.untilStored(15);
    assert.deepEqual(journal.sink.lines, [...messages(10), ...messages(5, 26)]);
    const [loss] = journal.sink.losses;
    assert.equal(loss?.reason, "journal was vacuumed past the cursor");
    assert.equal(loss?.detail, "from 2025-11-24T16:00:00.010Z to 2025-11-24T16:00:00.026Z (0 s)");
    assert.equal(journal.sink.losses.length, 1);
    await journal.stop();
    journal.start();
    await files.write(numbered(1, 31));
    await journal.untilStored(16);
    assert.equal(journal.sink.losses.length, 1);
  },
);

function killIfThere(pid: number | undefined): void {
  try {
    if (pid !== undefined) Deno.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}
