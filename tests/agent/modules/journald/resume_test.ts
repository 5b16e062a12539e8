import assert from "node:assert/strict";
import { filter } from "../../../../src/agent/modules/journald/filter_options.ts";
import { parsePosition } from "../../../../src/agent/modules/journald/position.ts";
import { ModuleUnavailable } from "../../../../src/agent/modules/unavailable.ts";
import { systemClock } from "../../../../src/shared/clock.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { cursorOf } from "./support/export_text.ts";
import { FakeJournalctl } from "./support/fake_journalctl.ts";
import { FollowedJournal } from "./support/followed_journal.ts";
import { messages } from "./support/journal_files.ts";

/** Waits that are long by the clock are over at once. */
const hurried = {
  ...systemClock,
  sleep: (_: number, signal?: AbortSignal) => systemClock.sleep(1, signal),
};

Deno.test("Journald reads again an entry of which journalctl wrote half when it ended", async () => {
  using fake = new FakeJournalctl();
  fake.has([1, 2]);
  fake.then(`if [ ! -e died ]; then touch died; printf 'MESSAGE=message'; exit 3; fi`);
  await using journal = new FollowedJournal({ program: fake.program }, hurried);
  journal.start();
  await journal.until(() => journal.pids.length === 2);
  await journal.stop();
  assert.deepEqual(journal.sink.lines, messages(2));
  assert.equal(journal.module.report().details.restarts, 1);
  fake.has([1, 2, 3]);
  journal.start();
  await journal.untilStored(3);
  assert.deepEqual(journal.sink.lines, messages(3));
});

Deno.test("Journald tells by how many entries a vacuum went past it", async () => {
  using fake = new FakeJournalctl();
  fake.has([1, 2, 3]);
  await using journal = new FollowedJournal({ program: fake.program });
  journal.start();
  await journal.untilStored(3);
  await journal.stop();
  fake.has([10, 11]);
  journal.start();
  await journal.untilStored(5);
  assert.deepEqual(journal.sink.losses, [{
    events: 6,
    bytes: 0,
    reason: "journal was vacuumed past the cursor",
    detail: "from 2025-11-24T16:00:00.003Z to 2025-11-24T16:00:00.010Z (0 s)",
  }]);
  // With the first entries behind the gap, so that it is told once.
  assert.equal(journal.sink.groups.find(({ losses }) => losses?.length)?.events.length, 1);
});

Deno.test("Journald tells no loss when the vacuum took nothing that was not read", async () => {
  using fake = new FakeJournalctl();
  fake.has([1, 2, 3]);
  await using journal = new FollowedJournal({ program: fake.program });
  journal.start();
  await journal.untilStored(3);
  await journal.stop();
  fake.has([4, 5]);
  journal.start();
  await journal.untilStored(5);
  assert.deepEqual([journal.sink.lines, journal.sink.losses], [messages(5), []]);
});

Deno.test("Journald reads a journal that was made anew before its place from its beginning", async () => {
  using fake = new FakeJournalctl();
  fake.has([7, 8]);
  await using journal = new FollowedJournal({ program: fake.program });
  journal.start();
  await journal.untilStored(2);
  await journal.stop();
  fake.has([1, 2], { asked: 20, sequence: "6".repeat(32) });
  journal.start();
  await journal.untilStored(4);
  assert.deepEqual(journal.sink.lines.slice(2), messages(2));
  const [loss] = journal.sink.losses;
  assert.match(loss?.detail ?? "", /after 2025-11-24T16:00:00.008Z, where its clock or/);
});

Deno.test("Journald passes over what it has read where a cursor is refused", async () => {
  using fake = new FakeJournalctl();
  fake.has([1, 2, 3]);
  await using journal = new FollowedJournal({ program: fake.program });
  journal.start();
  await journal.untilStored(3);
  await journal.stop();
  fake.has([3, 4, 5]);
  fake.refuse("Failed to seek to cursor: Invalid argument", { cursorsOnly: true });
  journal.start();
  await journal.untilStored(5);
  assert.deepEqual(journal.sink.lines, messages(5));
  assert.match(fake.calls.at(-1) ?? "", /--since=@1764000000\.003000/);
  assert.equal(journal.sink.losses.length, 1);
});

Deno.test("Journald kills a journalctl that tells nothing although there is something", async () => {
  using fake = new FakeJournalctl();
  fake.has([1, 2]);
  const clock = new FakeClock();
  await using journal = new FollowedJournal({ program: fake.program }, clock);
  journal.start();
  const goOn = async (isSo: () => boolean) => {
    while (!isSo()) await clock.advance(30_000);
  };
  await goOn(() => journal.sink.lines.length === 2);
  await goOn(() => fake.calls.length >= 3);
  assert.equal(journal.pids.length, 1);
  fake.has([1, 2, 3]);
  await goOn(() => journal.sink.lines.length === 3);
  assert.equal(journal.pids.length, 2);
  assert.deepEqual(journal.sink.lines, messages(3));
  assert.equal(journal.module.report().details.restarts, 1);
});

Deno.test("Journald keeps no old place while a filter takes nothing", async () => {
  using fake = new FakeJournalctl();
  fake.has([1, 2]);
  const clock = new FakeClock();
  const filters = [filter().parse({ identifiers: ["app"] })];
  // The fake leaves out nothing: here the entries have to be taken.
  const taken = [
    filter().parse({ field: "MESSAGE", value: "message", exact_match: false }),
    ...filters,
  ];
  await using journal = new FollowedJournal({ program: fake.program, filters: taken }, clock);
  journal.start();
  while (journal.sink.lines.length < 2) await clock.advance(1_000);
  await journal.stop();
  fake.hasNewest(9);
  await using quiet = new FollowedJournal(
    { program: fake.program, filters, startAt: "end" },
    clock,
  );
  for (const [key, value] of journal.sink.remembered) quiet.sink.remembered.set(key, value);
  quiet.start();
  const place = () => parsePosition(quiet.sink.remembered.get("journald") ?? "")?.cursor;
  while (place() !== cursorOf(9)) await clock.advance(60_000);
  assert.deepEqual([quiet.sink.lines, quiet.sink.losses], [[], []]);
});

Deno.test("Journald reads nothing while the queue has no room", async () => {
  using fake = new FakeJournalctl();
  const many = Array.from({ length: 20 }, (_, index) => index + 1);
  fake.has(many);
  await using journal = new FollowedJournal({ program: fake.program });
  journal.sink.pushBack();
  // Far more than a pipe and a group hold.
  fake.then("touch told; yes A=1 | head -c 5000000; touch written");
  journal.start();
  await journal.until(({ isBusy }) => isBusy);
  const isThere = () => Deno.readTextFileSync(fake.program.replace("journalctl", "written"));
  assert.throws(isThere, Deno.errors.NotFound);
  assert.deepEqual(journal.sink.lines, []);
  journal.sink.open();
  await journal.untilStored(20);
});

Deno.test("Journald says that journalctl ends again and again", async () => {
  using fake = new FakeJournalctl();
  fake.has([1]);
  fake.then("echo 'Failed to iterate through journal: Bad message' >&2; exit 1");
  await using journal = new FollowedJournal({ program: fake.program }, hurried);
  journal.start();
  await journal.until(() => journal.pids.length > 6);
  const [problem] = journal.module.report().problems ?? [];
  assert.match(
    problem?.message ?? "",
    /more than five times .*: Failed to iterate .*: Bad message/,
  );
  assert.deepEqual(journal.sink.lines, messages(1));
});

Deno.test("Journald is unavailable where it may not read the journal, or there is no journalctl", async () => {
  using fake = new FakeJournalctl();
  fake.has([]);
  fake.refuse("No journal files were opened due to insufficient permissions.");
  const cases = [
    { program: fake.program, says: /may not read the journal/, hint: /group systemd-journal/ },
    { program: "/nonexistent/journalctl", says: /no journalctl/, hint: /modules disable journald/ },
    { program: undefined, says: /no journalctl/, hint: /modules disable journald/ },
  ];
  for (const { program, says, hint } of cases) {
    await using journal = new FollowedJournal({ program });
    journal.start();
    const failure = await journal.until(() => false).catch((error) => error);
    assert(failure instanceof ModuleUnavailable, String(failure));
    assert.match(failure.message, says);
    assert.match(failure.hint, hint);
  }
});
