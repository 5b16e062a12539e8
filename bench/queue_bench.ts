/**
 * The durable queue by itself, on disk: events of 350 bytes, durability FULL and NORMAL.
 *
 * Timed is in each row only what its name says: appends until the last is committed; claims with
 * the reading of each body; acknowledgements. Filling the queue, claiming what is acknowledged and
 * encoding the events are not. Checked: the queue's account.
 *
 * The table of inserts has the founding figures for SQLite beside it. Its column `queue` is one
 * append, which stores chunks; `rows` is what the prototype did, one row an event.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { Batch } from "../src/agent/queue/types.ts";
import { TempFolder } from "../tests/support/queues.ts";
import { configOf } from "./support/agent_config.ts";
import { BenchQueue } from "./support/bench_queue.ts";
import { eventsOfSize } from "./support/events.ts";
import { measure, type Stopwatch } from "./support/measure.ts";
import { amount } from "./support/quick.ts";

const STREAM = "stateless";
const BATCH_EVENTS = 1_000;
const SINGLES = amount({ full: 2_000, quick: 100 });
const MANY = amount({ full: 100_000, quick: 5_000 });
const events = eventsOfSize(MANY);

type Durability = "full" | "normal";

function openQueue(durability: Durability): BenchQueue {
  return new BenchQueue(
    configOf({ queue: { durability }, events: { batch_events: BATCH_EVENTS } }),
  );
}

/** Appends groups of `size` one after the other, or `atOnce`. */
async function appendGroups(
  stopwatch: Stopwatch,
  durability: Durability,
  { count, size, atOnce = false }: { count: number; size: number; atOnce?: boolean },
): Promise<void> {
  using target = openQueue(durability);
  const groups = Array.from(
    { length: count / size },
    (_, index) =>
      ({ stream: STREAM, events: events.slice(index * size, (index + 1) * size) }) as const,
  );
  stopwatch.start();
  if (atOnce) await Promise.all(groups.map((group) => target.queue.append(group)));
  else for (const group of groups) await target.queue.append(group);
  stopwatch.end();
  assert.equal(target.queue.account(STREAM).queued.events, count);
}

/** Claims all that is queued, and reads each batch. */
async function claimAll(target: BenchQueue, read: (batch: Batch) => void): Promise<Batch[]> {
  const { events: options } = configOf({});
  const claim = {
    limits: { max_events: BATCH_EVENTS, max_bytes: options.batch_size },
    encoding: "identity",
    agent_line: "{}",
  } as const;
  const batches: Batch[] = [];
  for (;;) {
    const batch = await target.queue.claim(STREAM, claim);
    if (batch === undefined) return batches;
    read(batch);
    batches.push(batch);
  }
}

for (const durability of ["full", "normal"] as const) {
  const row = { table: "queue", series: durability } as const;
  const appends = [
    { x: "append one by one", count: SINGLES, size: 1 },
    { x: "append in groups of 100", count: MANY, size: 100 },
    { x: "append in groups of 1,000", count: MANY, size: 1_000 },
    { x: "append singly, all at once", count: MANY, size: 1, atOnce: true },
  ];
  for (const { x, ...groups } of appends) {
    measure(
      { ...row, x, events: groups.count },
      (stopwatch) => appendGroups(stopwatch, durability, groups),
    );
  }

  measure({ ...row, x: "claim and read batches", events: MANY }, async (stopwatch) => {
    using target = openQueue(durability);
    const { queue } = target;
    await queue.append({ stream: STREAM, events });
    let bytes = 0;
    stopwatch.start();
    await claimAll(target, (batch) => bytes += queue.body(batch).length - batch.agent_line.length);
    stopwatch.end();
    assert.equal(bytes, queue.account(STREAM).taken.bytes);
  });

  measure({ ...row, x: "acknowledge batches", events: MANY }, async (stopwatch) => {
    using target = openQueue(durability);
    await target.queue.append({ stream: STREAM, events });
    const batches = await claimAll(target, () => {});
    stopwatch.start();
    for (const batch of batches) await target.queue.acknowledge(batch, { status: 204 });
    stopwatch.end();
    target.assertDelivered(MANY);
  });
}

for (const count of amount({ full: [10_000, 100_000], quick: [1_000] })) {
  const inserted = eventsOfSize(count);

  measure({ table: "inserts", series: "queue", x: count, events: count }, async (stopwatch) => {
    using target = openQueue("full");
    stopwatch.start();
    await target.queue.append({ stream: STREAM, events: inserted });
    stopwatch.end();
    assert.equal(target.queue.account(STREAM).queued.events, count);
  });

  measure({ table: "inserts", series: "rows", x: count, events: count }, (stopwatch) => {
    using folder = new TempFolder();
    const database = new DatabaseSync(folder.file("rows.db"));
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      CREATE TABLE event (id INTEGER PRIMARY KEY AUTOINCREMENT, line TEXT NOT NULL);
    `);
    const insert = database.prepare("INSERT INTO event (line) VALUES (?)");
    stopwatch.start();
    database.exec("BEGIN IMMEDIATE");
    for (const event of inserted) insert.run(event);
    database.exec("COMMIT");
    stopwatch.end();
    assert.equal(database.prepare("SELECT count(*) AS rows FROM event").get()?.rows, count);
    database.close();
  });
}
