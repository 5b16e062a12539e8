import assert from "node:assert/strict";
import { JOURNAL_SCHEMA } from "../../../../src/agent/commands/journal_schema.ts";
import { verifyQueue } from "../../../../src/agent/queue/inspection/verify.ts";
import type { VerifyReport } from "../../../../src/shared/protocol/queue_inspection.ts";
import { claim, fill, QueueScene, stateless } from "../../../support/filled_queue.ts";
import { openQueue } from "../../../support/queues.ts";

function verify(scene: QueueScene, { isStopped = true } = {}): VerifyReport {
  return verifyQueue({ path: scene.folder.file("agent.db"), parts: [JOURNAL_SCHEMA], isStopped });
}

/** The defects as `where: problem`. */
function found(scene: QueueScene): string[] {
  return verify(scene).defects.map(({ where, problem }) => `${where}: ${problem}`);
}

Deno.test("verify finds nothing in a queue that holds some of everything, also while it is in use", async () => {
  using scene = new QueueScene();
  await fill(scene);
  const { checked, ...rest } = verify(scene);
  assert.deepEqual(rest, { defects: [], defect_count: 0 });
  const { bytes, chunks, ...counted } = checked;
  assert.ok(bytes > 0 && chunks > 0);
  assert.deepEqual(counted, { events: 5, batches: 1, checkpoints: 1, letters: 1 });
  using queue = openQueue(scene.folder);
  await queue.append({ stream: "stateless", events: stateless(3) });
  assert.equal(verify(scene, { isStopped: false }).defect_count, 0);
});

/** What is changed in the database, and the defects that are named then. */
const CASES: { name: string; sql: string; defects: RegExp[] }[] = [
  {
    name: "a byte of an event",
    sql: `UPDATE stateless_chunk SET lines = cast(replace(cast(lines AS TEXT), 'line 4', 'line 5')
      AS BLOB) WHERE last_event = 5`,
    defects: [/^stateless events 5 to 5: 1 block with a wrong checksum$/],
  },
  {
    name: "the number of events of a chunk",
    sql: "UPDATE stateless_chunk SET events = 2 WHERE last_event = 5",
    defects: [
      /^stateless events 4 to 5: overlap the events up to 4$/,
      /^batch \S+: ends at 4, in the middle of a chunk$/,
      /^account stateless: says 3 events of \d+ bytes queued, stored are 4 events/,
      /^stateless events 4 to 5: 1 block with a wrong checksum$/,
    ],
  },
  {
    name: "the bytes of a chunk",
    sql: "UPDATE stateful_chunk SET bytes = bytes + 1",
    defects: [
      /^account stateful: says 2 events of \d+ bytes queued, stored are 2 events of \d+ bytes$/,
      /^stateful events 1 to 2: say \d+ bytes and have \d+$/,
    ],
  },
  {
    name: "lines without checksums that are no JSON",
    sql: `UPDATE stateful_chunk SET checksums = NULL,
      lines = cast(replace(cast(lines AS TEXT), '"vim"', '"vim$') AS BLOB)`,
    defects: [/^stateful events 1 to 2: cannot be decoded: /],
  },
  {
    name: "events that are gone from a batch",
    sql: "DELETE FROM stateless_chunk WHERE last_event = 4",
    defects: [
      /^batch \S+: says 2 events of \d+ bytes, stored are 0 events of 0 bytes$/,
      /^account stateless: says 3 events of \d+ bytes queued, stored are 1 event of \d+ bytes$/,
    ],
  },
  {
    name: "a batch's range",
    sql: "UPDATE batch SET last_event = 5",
    defects: [/^batch \S+: its checksum is wrong$/, /^batch \S+: says 2 events, its range 3 to 5/],
  },
  {
    name: "an account",
    sql: "UPDATE account SET taken_events = taken_events + 7 WHERE stream = 'stateful'",
    defects: [/^account stateful: says 9 events of \d+ bytes queued, stored are 2 events/],
  },
  {
    name: "an account that contradicts itself",
    sql: "UPDATE account SET acknowledged_events = 1000 WHERE stream = 'stateless'",
    defects: [/^account stateless: is missing, or its numbers contradict each other$/],
  },
  {
    name: "a checkpoint",
    sql: `UPDATE checkpoint SET value = '{"offset":6}'`,
    defects: [/^checkpoint logcollector 1:2: its checksum is wrong$/],
  },
  {
    name: "a number above the newest given out",
    sql: "UPDATE sqlite_sequence SET seq = 1 WHERE name = 'stateless_chunk'",
    defects: [/^stateless events: number 5 is above the newest given out, 1$/],
  },
  {
    name: "a dead letter",
    sql: "UPDATE dead_letter SET events = 3",
    defects: [/^dead letter 1: say 3 events and have 2$/],
  },
];

for (const { name, sql, defects } of CASES) {
  Deno.test(`verify names what is wrong when the disk changed ${name}`, async () => {
    using scene = new QueueScene();
    await fill(scene);
    scene.damage(sql);
    const texts = found(scene);
    assert.equal(texts.length, defects.length, texts.join("\n"));
    defects.forEach((defect, index) => assert.match(texts[index] ?? "", defect));
  });
}

Deno.test("verify finds batches that overlap", async () => {
  using scene = new QueueScene();
  await fill(scene);
  scene.damage(
    `INSERT INTO batch SELECT 'other', stream, first_event, last_event, events, bytes, encoding,
       agent_line, created_ms, NULL FROM batch`,
  );
  assert.match(
    found(scene).join("\n"),
    /^batch \S+: overlaps the batch before it, which ends at 4$/,
  );
});

Deno.test("verify names ten defects and counts the others", async () => {
  using scene = new QueueScene();
  using queue = openQueue(scene.folder);
  for (let group = 0; group < 12; group++) {
    await queue.append({ stream: "stateless", events: stateless(1) });
  }
  queue.close();
  scene.damage("UPDATE stateless_chunk SET checksums = x'00000000'");
  const { defects, defect_count } = verify(scene);
  assert.equal(defects.length, 10);
  assert.equal(defect_count, 12);
});

Deno.test("verify tells of a file that SQLite cannot read, whatever is left of it", async () => {
  using scene = new QueueScene();
  await fill(scene);
  const path = scene.folder.file("agent.db");
  using file = Deno.openSync(path, { write: true });
  file.writeSync(new Uint8Array(4096).fill(0x55));
  assert.match(found(scene).join("\n"), /^database: file is not a database$/);
  Deno.writeFileSync(path, new Uint8Array(8192));
  assert.equal(verify(scene).defect_count > 0, true);
});

Deno.test("verify finds a page that was overwritten, and goes on with what can be read", async () => {
  using scene = new QueueScene();
  using queue = openQueue(scene.folder);
  await queue.append({ stream: "stateless", events: stateless(2_000) });
  await queue.append({ stream: "stateful", events: [], checkpoints: [] });
  queue.close();
  const path = scene.folder.file("agent.db");
  using file = Deno.openSync(path, { write: true });
  file.seekSync(Deno.statSync(path).size - 4096, Deno.SeekMode.Start);
  file.writeSync(new Uint8Array(4096).fill(0xaa));
  const { defects } = verify(scene);
  assert.ok(defects.length > 0);
});

Deno.test("verify knows that commits are gone with a log that was removed", async () => {
  using scene = new QueueScene();
  await fill(scene);
  Deno.writeTextFileSync(scene.folder.file("agent.db-open"), "");
  assert.deepEqual(found(scene), ["write-ahead log: the write-ahead log was removed"]);
  assert.equal(verify(scene, { isStopped: false }).defect_count, 0);
});

Deno.test("verify reads a queue while batches leave it", async () => {
  using scene = new QueueScene();
  using queue = openQueue(scene.folder);
  await queue.append({ stream: "stateless", events: stateless(100) });
  await queue.acknowledge(await claim(queue, "stateless", 40), { status: 200 });
  assert.equal(verify(scene, { isStopped: false }).checked.events, 60);
});
