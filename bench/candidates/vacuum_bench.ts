/**
 * Giving disk space back after an outage: what `auto_vacuum = INCREMENTAL` costs while events move,
 * and how long giving back takes.
 *
 * Timed: append, claim, body and acknowledge as in `page_size_bench.ts`; then one step of
 * `incremental_vacuum`, with its checkpoint, on a file of 256 MB of free pages and nothing else.
 *
 * `VACUUM` is not among them: Deno allows it only with all permissions, which the agent never has.
 * `incremental_vacuum` gives one row a page, and `exec` stops at the first.
 *
 * @module
 */

import assert from "node:assert/strict";
import { megabytes } from "../report/megabytes.ts";
import { benchQueue } from "./support/queue_work.ts";
import { note } from "./support/side_figures.ts";
import { TunedQueue } from "./support/tuned_queue.ts";

const INCREMENTAL = "PRAGMA auto_vacuum = INCREMENTAL";

for (const order of ["through", "backlog"] as const) {
  const work = { groupEvents: 1_000, groups: 200, order };
  const group = order === "through" ? "even load" : "backlog";
  benchQueue({ name: "no auto_vacuum", group, baseline: true }, work);
  benchQueue({ name: "auto_vacuum = INCREMENTAL", group, file: INCREMENTAL }, work);
}

const FREE_BYTES = 256_000_000;
const STEP_PAGES = [100, 1_000, 10_000];

/** Makes a file that an outage has filled and that was then drained. */
async function drained(): Promise<TunedQueue> {
  const tuned = await TunedQueue.open({ durability: "normal", file: INCREMENTAL });
  const blob = new Uint8Array(1_000_000);
  const insert = tuned.database.prepare(
    "INSERT INTO stateless_chunk (events, bytes, created_ms, lines) VALUES (1, ?, 0, ?)",
  );
  for (let bytes = 0; bytes < FREE_BYTES; bytes += blob.length) insert.run(blob.length, blob);
  tuned.database.exec("DELETE FROM stateless_chunk; PRAGMA wal_checkpoint(TRUNCATE)");
  return tuned;
}

for (const pages of STEP_PAGES) {
  const name = `incremental_vacuum of ${pages} pages`;
  Deno.bench({ name, group: "256 MB free", n: 2, warmup: 0 }, async (b) => {
    using tuned = await drained();
    const step = tuned.database.prepare(`PRAGMA incremental_vacuum(${pages})`);
    const before = tuned.fileBytes().database;
    b.start();
    const freed = [...step.iterate()].length;
    tuned.database.exec("PRAGMA wal_checkpoint(PASSIVE)");
    b.end();
    const after = tuned.fileBytes().database;
    note(name, `database ${megabytes(before)}, then ${megabytes(after)}`);
    assert.equal(freed, pages);
    assert(after < before);
  });
}
