import { JOURNAL_SCHEMA } from "../../src/agent/commands/journal_schema.ts";
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Journal } from "../../src/agent/commands/journal.ts";
import type { Queue } from "../../src/agent/queue/queue.ts";
import { encodeStateful } from "../../src/shared/protocol/event_encoder.ts";
import type { Stream } from "../../src/shared/protocol/wire.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { events, openQueue, TempFolder, textsOf } from "../support/queues.ts";

const PAGE = 4_096;
const STREAMS: readonly Stream[] = ["stateless", "stateful"];
const claimSome = {
  limits: { max_events: 100, max_bytes: 10_000_000 },
  encoding: "identity",
  agent_line: '{"agent":{"id":"a"}}',
} as const;
/** Events of each stream, in groups of 100, and how many of a stream's batches are open. */
const GROUPS = 12;
const OPEN_BATCHES = 2;

/** A queue with something in every table, left as `kill -9` leaves it or stopped. */
async function filledFolder({ killed = false } = {}): Promise<TempFolder> {
  const folder = new TempFolder();
  const queue = openQueue(folder, { chunkLimits: { max_events: 100, max_bytes: 1_000_000 } });
  for (let group = 0; group < GROUPS; group++) {
    const padding = "p".repeat(150);
    await queue.append({
      stream: "stateless",
      events: events(100, `${group}:${padding}`),
      checkpoints: Array.from({ length: 30 }, (_, n) => ({
        collector: "logcollector",
        key: `/var/log/${n}`,
        value: JSON.stringify({ offset: group, padding }),
      })),
    });
    await queue.append({
      stream: "stateful",
      events: Array.from(
        { length: 100 },
        (_, n) =>
          encodeStateful({ module: "inventory", id: `${group}-${n}`, operation: "create" }, {
            original: `${group}:${padding}${n}`,
          }),
      ),
    });
  }
  for (const stream of STREAMS) {
    for (let n = 0; n < OPEN_BATCHES; n++) await queue.claim(stream, claimSome);
  }
  const timeouts = { defaultMs: 1_000, maxMs: 1_000 };
  const journal = new Journal({ queue, clock: new FakeClock(), timeouts });
  await journal.receive([{ document_id: "order", action: { name: "restart" } }]);
  if (killed) copyAsKilled(folder);
  queue.close();
  if (killed) restoreKilled(folder);
  return folder;
}

function copyAsKilled(folder: TempFolder): void {
  for (const suffix of ["", "-wal", "-shm"]) {
    Deno.copyFileSync(folder.file(`agent.db${suffix}`), folder.file(`killed${suffix}`));
  }
}

function restoreKilled(folder: TempFolder): void {
  for (const suffix of ["", "-wal", "-shm"]) {
    Deno.renameSync(folder.file(`killed${suffix}`), folder.file(`agent.db${suffix}`));
  }
  Deno.writeTextFileSync(folder.file("agent.db-open"), "");
}

/** The pages of a table, its root first. */
function pagesOf(folder: TempFolder, table: string): number[] {
  using database = new DatabaseSync(folder.file("agent.db"));
  const rows = database.prepare("SELECT pageno FROM dbstat WHERE name = ? ORDER BY path").all(
    table,
  );
  return rows.map(({ pageno }) => Number(pageno));
}

function overwrite(folder: TempFolder, at: number, bytes: Uint8Array, file = "agent.db"): void {
  using handle = Deno.openSync(folder.file(file), { write: true });
  handle.seekSync(at, Deno.SeekMode.Start);
  handle.writeSync(bytes);
}

function flip(
  folder: TempFolder,
  at: number,
  { file = "agent.db", bits = 0x10 }: { file?: string; bits?: number } = {},
): void {
  using handle = Deno.openSync(folder.file(file), { read: true, write: true });
  const byte = new Uint8Array(1);
  handle.seekSync(at, Deno.SeekMode.Start);
  handle.readSync(byte);
  handle.seekSync(at, Deno.SeekMode.Start);
  handle.writeSync(new Uint8Array([(byte[0] ?? 0) ^ bits]));
}

/** Sends all there is; a batch that is gone is passed over, as the dispatcher does. */
async function deliverAll(queue: Queue, stream: Stream): Promise<string[]> {
  const texts: string[] = [];
  for (let rounds = 0; rounds < 1_000; rounds++) {
    const batch = queue.openBatches(stream)[0] ?? await queue.claim(stream, claimSome);
    if (batch === undefined) return texts;
    try {
      texts.push(...textsOf(queue.body(batch)));
    } catch (error) {
      assert.equal((error as Error).name, "BatchGoneError");
      continue;
    }
    await queue.acknowledge(batch, { status: 200 });
  }
  throw new Error(`stream ${stream} never ends`);
}

interface Outcome {
  delivered: Record<Stream, string[]>;
  lost: Record<Stream, number>;
  reasons: string[];
  checkpoints: number;
}

/** Opens the queue, sends everything, and checks that every event is either delivered once or in the ledger. */
async function runOn(folder: TempFolder, touch?: (queue: Queue) => void): Promise<Outcome> {
  using queue = openQueue(folder, { chunkLimits: { max_events: 100, max_bytes: 1_000_000 } });
  touch?.(queue);
  const checkpoints = queue.checkpoints("logcollector").size;
  const delivered = {} as Outcome["delivered"];
  const lost = {} as Outcome["lost"];
  for (const stream of STREAMS) {
    delivered[stream] = await deliverAll(queue, stream);
    const { taken, acknowledged, dropped, queued } = queue.account(stream);
    assert.deepEqual([queued.events, taken.events], [0, acknowledged.events + dropped.events]);
    assert.equal(new Set(delivered[stream]).size, delivered[stream].length, "nothing twice");
    lost[stream] = dropped.events;
  }
  const notices = await queue.announceLosses(({ reason }) => `\n{}\n{"reason":"${reason}"}`);
  await queue.append({ stream: "stateless", events: events(10, "new ") });
  assert.equal((await deliverAll(queue, "stateless")).length, 10, "new events are taken and leave");
  return { delivered, lost, reasons: notices.map(({ reason }) => reason), checkpoints };
}

function assertAccounted({ delivered, lost }: Outcome): void {
  for (const stream of STREAMS) {
    assert.equal(delivered[stream].length + lost[stream], GROUPS * 100, stream);
  }
}

const TABLES = [
  "sqlite_schema",
  "sqlite_sequence",
  "schema_version",
  "account",
  "batch",
  "checkpoint",
  "loss",
  "command",
  "stateless_chunk",
  "stateful_chunk",
];
const KINDS: readonly (readonly [string, Uint8Array])[] = [
  ["zeros", new Uint8Array(PAGE)],
  ["noise", Uint8Array.from({ length: PAGE }, (_, n) => (n * 7_919 + 13) % 251)],
];

for (const table of TABLES) {
  for (const [kind, bytes] of KINDS) {
    Deno.test(`the agent starts with the first page of ${table} full of ${kind}, and says what it costs`, async () => {
      using folder = await filledFolder();
      const [root = 0] = table === "sqlite_schema" ? [1] : pagesOf(folder, table);
      overwrite(folder, (root - 1) * PAGE, bytes);
      const outcome = await runOn(folder);
      assert.ok(outcome.reasons.some((reason) => reason.startsWith("queue damaged")));
      assertAccounted(outcome);
      if (!/chunk/.test(table)) {
        for (const stream of STREAMS) assert.equal(outcome.delivered[stream].length, GROUPS * 100);
      }
      if (table !== "checkpoint") assert.equal(outcome.checkpoints, 30);
    });
  }
}

for (const stream of STREAMS) {
  Deno.test(`a damaged page in the middle of ${stream} events costs only the events on it`, async () => {
    using folder = await filledFolder();
    const pages = pagesOf(folder, `${stream}_chunk`);
    const middle = pages[Math.floor(pages.length / 2)] ?? 0;
    overwrite(folder, (middle - 1) * PAGE, new Uint8Array(PAGE));
    const outcome = await runOn(folder);
    assertAccounted(outcome);
    assert.ok(
      outcome.lost[stream] > 0 && outcome.lost[stream] <= 100,
      `${outcome.lost[stream]} lost`,
    );
    assert.equal(outcome.checkpoints, 30);
  });

  Deno.test(`a changed byte in ${stream} events is never sent; the events around it are`, async () => {
    using folder = await filledFolder();
    const text = new TextDecoder("latin1").decode(Deno.readFileSync(folder.file("agent.db")));
    const at = text.indexOf(
      "5:ppp",
      text.indexOf(stream === "stateful" ? '"id":"5-40"' : "5:ppp") + 3_000,
    );
    flip(folder, at + 4);
    const outcome = await runOn(folder);
    assertAccounted(outcome);
    assert.ok(
      outcome.lost[stream] > 0 && outcome.lost[stream] < 50,
      `${outcome.lost[stream]} lost`,
    );
    assert.ok(outcome.delivered[stream].every((text) => /^\d+:p{150}\d+$/.test(text)));
  });
}

Deno.test("a page that is damaged while the agent runs is mended at the first touch, and work goes on", async () => {
  using folder = await filledFolder();
  const pages = pagesOf(folder, "stateless_chunk");
  const outcome = await runOn(folder, () => {
    for (const page of pages.slice(0, 1)) {
      overwrite(folder, (page - 1) * PAGE, new Uint8Array(PAGE));
    }
  });
  assertAccounted(outcome);
});

Deno.test("a changed byte in a checkpoint drops that one, and says so", async () => {
  using folder = await filledFolder();
  const text = new TextDecoder("latin1").decode(Deno.readFileSync(folder.file("agent.db")));
  flip(folder, text.lastIndexOf('{"offset":11') + 10);
  const outcome = await runOn(folder);
  assert.equal(outcome.checkpoints, 29);
  assert.ok(outcome.reasons.includes("checkpoint damaged: its source is read anew"));
  assertAccounted(outcome);
});

Deno.test("a changed byte in the write-ahead log costs what is on its page, not all commits behind it", async () => {
  using folder = await filledFolder({ killed: true });
  const log = Deno.readFileSync(folder.file("agent.db-wal"));
  const at = new TextDecoder("latin1").decode(log).indexOf("6:ppp");
  flip(folder, at + 10, { file: "agent.db-wal" });
  const outcome = await runOn(folder);
  assertAccounted(outcome);
  assert.ok(outcome.reasons.some((reason) => reason.startsWith("queue damaged")));
});

for (const removed of [["-wal"], ["-wal", "-shm"]]) {
  Deno.test(`a log that was removed (${removed}) is noticed, and the agent goes on from before it`, async () => {
    using folder = await filledFolder({ killed: true });
    for (const suffix of removed) Deno.removeSync(folder.file(`agent.db${suffix}`));
    const outcome = await runOn(folder);
    assert.ok(outcome.reasons.some((reason) => reason.startsWith("queue damaged")));
  });
}

/** The row of a part with its version. */
const VERSION = JOURNAL_SCHEMA.migrations.length;
const JOURNAL = `journal${String.fromCharCode(VERSION)}`;

/** Bytes that SQLite reads as if nothing were wrong: what it finds, or where. */
const UNSEEN: readonly (readonly [what: string, place: string | number, by: number])[] = [
  ["the name of a column", "checksums BLOB", 0],
  ["the name of a column of another part", "delivered_age_ms INTEGER", 0],
  ["the name of a part with its version", JOURNAL, 2],
  ["the version of a part", JOURNAL, JOURNAL.length - 1],
  ["how the file is written", 18, 0],
];

for (const [what, place, by] of UNSEEN) {
  Deno.test(`a changed byte in ${what} is found at the start, and costs nothing`, async () => {
    using folder = await filledFolder();
    const text = new TextDecoder("latin1").decode(Deno.readFileSync(folder.file("agent.db")));
    const places = typeof place === "number"
      ? [place]
      : [...text.matchAll(new RegExp(place, "g"))].map(({ index }) => index);
    assert.ok(places.length > 0, "it is there");
    // The version becomes the one before: a higher one would be that of a newer agent. An old copy in what is free of the page does not
    // count.
    const bits = by === JOURNAL.length - 1 ? VERSION ^ (VERSION - 1) : 0x10;
    for (const at of places) flip(folder, at + by, { bits });
    const outcome = await runOn(folder);
    assert.ok(outcome.reasons.some((reason) => reason.startsWith("queue damaged")));
    for (const stream of STREAMS) assert.equal(outcome.delivered[stream].length, GROUPS * 100);
    assert.equal(outcome.checkpoints, 30);
  });
}

Deno.test("a log that was cut to nothing is noticed", async () => {
  using folder = await filledFolder({ killed: true });
  Deno.truncateSync(folder.file("agent.db-wal"));
  const outcome = await runOn(folder);
  assert.ok(outcome.reasons.some((reason) => reason.startsWith("queue damaged")));
});

Deno.test("a database cut to nothing, or in the middle, starts", async () => {
  for (const size of [0, 1, 511, PAGE, 20 * PAGE + 7]) {
    using folder = await filledFolder();
    Deno.truncateSync(folder.file("agent.db"), size);
    const outcome = await runOn(folder);
    // Nothing tells an empty file from a new one when there is nothing beside it.
    if (size > 0) assert.ok(outcome.reasons.some((reason) => reason.startsWith("queue damaged")));
  }
});

Deno.test("a salvage that was interrupted is made again or finished, whatever was there", async () => {
  using folder = await filledFolder();
  Deno.copyFileSync(folder.file("agent.db"), folder.file("agent.db.salvaged"));
  overwrite(folder, 0, new Uint8Array(PAGE));
  Deno.writeTextFileSync(folder.file("agent.db.salvaging"), "half of it");
  const outcome = await runOn(folder);
  for (const stream of STREAMS) assert.equal(outcome.delivered[stream].length, GROUPS * 100);
});

Deno.test("a queue that was killed is not taken for a damaged one", async () => {
  using folder = await filledFolder({ killed: true });
  using queue = openQueue(folder);
  assert.equal(queue.damaged, undefined);
});
