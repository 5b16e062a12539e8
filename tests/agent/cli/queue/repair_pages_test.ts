/** One page of a real database after the other is damaged; what was on the others has to be there after a repair. */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { RepairReport } from "../../../../src/agent/app/stopped/stopped_queue.ts";
import { fill, QueueScene, stateless } from "../../../support/filled_queue.ts";
import { openQueue } from "../../../support/queues.ts";

const PAGE_BYTES = 4096;
const GROUPS = 12;
const EVENTS_EACH = 20;
/** So long that it goes on in pages of its own. */
const LONG_GROUP = 100;
const ALL_EVENTS = 5 + GROUPS * EVENTS_EACH + LONG_GROUP;

/** Which table each page belongs to. Pages that are not named hold no row: the map of the pages, branches, free ones. */
function tablesOfPages(path: string): Map<number, string> {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const rows = database.prepare("SELECT pageno, name FROM dbstat WHERE pagetype <> 'internal'");
    return new Map(rows.all().map(({ pageno, name }) => [Number(pageno), String(name)]));
  } finally {
    database.close();
  }
}

async function fillWell(scene: QueueScene): Promise<void> {
  await fill(scene);
  const chunkLimits = { max_events: LONG_GROUP, max_bytes: 1_000_000 };
  using queue = openQueue(scene.folder, { chunkLimits });
  for (let group = 0; group < GROUPS; group++) {
    await queue.append({
      stream: "stateless",
      events: stateless(EVENTS_EACH, `group ${group} line `),
      checkpoints: [{ collector: "logcollector", key: `${group}:1`, value: '{"offset":1}' }],
    });
  }
  await queue.append({ stream: "stateless", events: stateless(LONG_GROUP, "long ") });
}

/** Puts `bytes` in the place of the database and all that is beside it. */
function putBack({ folder }: QueueScene, bytes: Uint8Array): void {
  for (const { name } of [...Deno.readDirSync(folder.path)]) {
    if (name.startsWith("agent.db")) Deno.removeSync(folder.file(name));
  }
  Deno.writeFileSync(folder.file("agent.db"), bytes, { mode: 0o600 });
}

/** The most that is on one page of a table: events of the streams, checkpoints, letters. */
const ON_A_PAGE: Record<string, { events: number; checkpoints: number; letters: number }> = {
  stateless_chunk: { events: LONG_GROUP + EVENTS_EACH, checkpoints: 0, letters: 0 },
  stateful_chunk: { events: 2, checkpoints: 0, letters: 0 },
  checkpoint: { events: 0, checkpoints: GROUPS + 1, letters: 0 },
  dead_letter: { events: 0, checkpoints: 0, letters: 1 },
};
const NOTHING = { events: 0, checkpoints: 0, letters: 0 };

/** Other bytes only where pages say what the others are: each repair takes a quarter of a second. */
const KINDS = [
  { what: "zeros", byte: 0, lastPage: Infinity },
  { what: "other bytes", byte: 0x5a, lastPage: 4 },
] as const;

for (const { what, byte, lastPage } of KINDS) {
  Deno.test(`queue repair loses no more than what is on a page that holds ${what}, whichever page that is`, async () => {
    using scene = new QueueScene();
    await fillWell(scene);
    const path = scene.folder.file("agent.db");
    const tables = tablesOfPages(path);
    const sound = Deno.readFileSync(path);
    for (let page = 1; page <= Math.min(lastPage, sound.length / PAGE_BYTES); page++) {
      const bytes = sound.slice().fill(byte, (page - 1) * PAGE_BYTES, page * PAGE_BYTES);
      putBack(scene, bytes);
      const report: RepairReport = await scene.json("queue", "repair");
      const table = tables.get(page) ?? "";
      const most = ON_A_PAGE[table] ?? NOTHING;
      const { events, checkpoints, letters } = report.after.verified.checked;
      const where = `page ${page} (${table || "no rows"}): ${events} events, ` +
        `${checkpoints} checkpoints, ${letters} letters`;
      assert.equal(report.after.verified.defect_count, 0, where);
      assert.equal(events + report.lost_events, ALL_EVENTS, where);
      assert.ok(report.lost_events <= most.events, where);
      assert.ok(GROUPS + 1 - checkpoints <= most.checkpoints, where);
      assert.ok(1 - letters <= most.letters, where);
    }
  });
}
