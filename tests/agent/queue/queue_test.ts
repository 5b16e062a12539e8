import assert from "node:assert/strict";
import type { DatabaseSync } from "node:sqlite";
import { encodeStateful } from "../../../src/shared/protocol/event_encoder.ts";
import { databaseExists, openDatabaseReadOnly } from "../../../src/agent/queue/database.ts";
import { Queue } from "../../../src/agent/queue/queue.ts";
import { settle } from "../../support/fake_clock.ts";
import { events, openQueue, roomy, TempFolder, textsOf } from "../../support/queues.ts";
import type { Account } from "../../../src/shared/protocol/stored_events.ts";

const claimAll = { limits: roomy, encoding: "identity", agent_line: '{"agent":{}}' } as const;

function balanced({ taken, queued, acknowledged, dead_lettered, dropped }: Account): boolean {
  return taken.events ===
      queued.events + acknowledged.events + dead_lettered.events + dropped.events &&
    taken.bytes === queued.bytes + acknowledged.bytes + dead_lettered.bytes + dropped.bytes;
}

Deno.test("append() has stored its events when it resolves, whatever becomes of the process", async () => {
  using folder = new TempFolder();
  const abandoned = openQueue(folder);
  const range = await abandoned.append({ stream: "stateless", events: events(3) });
  assert.deepEqual(range, { first_event: 1, last_event: 3 });

  using reader = openQueue(folder);
  assert.equal(reader.account("stateless").queued.events, 3);
  abandoned.close();
});

Deno.test("append() calls made together share one transaction, in order", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  let commits = 0;
  queue.onChange(() => commits++);
  const ranges = await Promise.all(
    [0, 1, 2].map((n) => queue.append({ stream: "stateless", events: events(2, `${n}-`) })),
  );
  assert.equal(commits, 1);
  assert.deepEqual(ranges.map((range) => range?.first_event), [1, 3, 5]);
});

Deno.test("append() stores a checkpoint with its events, and null removes it", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  const checkpoint = (value: string | null) => [{ collector: "files", key: "/a", value }];
  await queue.append({ stream: "stateless", events: events(1), checkpoints: checkpoint("10") });
  assert.deepEqual([...queue.checkpoints("files")], [["/a", "10"]]);
  await queue.append({ stream: "stateless", events: [], checkpoints: checkpoint(null) });
  assert.equal(queue.checkpoints("files").size, 0);
});

Deno.test("append() lets a group change other tables in its transaction, and undoes that with it", async () => {
  using folder = new TempFolder();
  const parts = [{
    name: "inventory",
    migrations: [{ version: 1, up: "CREATE TABLE seen (name TEXT PRIMARY KEY)" }],
  }];
  using queue = openQueue(folder, { parts });
  const see = (name: string, times: number) => ({
    stream: "stateful" as const,
    events: times === 1
      ? [encodeStateful({ module: "inventory", operation: "create", id: name }, {})]
      : [],
    write: (database: DatabaseSync) => {
      for (let n = 0; n < times; n++) database.exec(`INSERT INTO seen VALUES ('${name}')`);
    },
  });
  const [, twice] = await Promise.allSettled([
    queue.append(see("curl", 1)),
    queue.append(see("bash", 2)),
  ]);
  assert.equal(twice.status, "rejected");
  const names = await queue.transact(({ database }) =>
    database.prepare("SELECT name FROM seen").all().map(({ name }) => name)
  );
  assert.deepEqual(names, ["curl"]);
  assert.equal(queue.account("stateful").queued.events, 1);
});

Deno.test("body() gives the same bytes in the next process, and the batch keeps its id", async () => {
  using folder = new TempFolder();
  const first = openQueue(folder);
  await first.append({ stream: "stateless", events: events(5) });
  const batch = await first.claim("stateless", claimAll);
  assert.ok(batch);
  const body = first.body(batch);
  first.close();

  using second = openQueue(folder);
  await second.append({ stream: "stateless", events: events(5, "later ") });
  const [again] = second.openBatches("stateless");
  assert.ok(again);
  assert.equal(again.id, batch.id);
  assert.deepEqual(second.body(again), body);
  assert.deepEqual(textsOf(body), ["line 0", "line 1", "line 2", "line 3", "line 4"]);
});

Deno.test("claim() keeps within both limits and goes on where the last batch ended", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  await queue.append({ stream: "stateless", events: events(10) });
  const byCount = { ...claimAll, limits: { max_events: 4, max_bytes: 1e9 } };
  const first = await queue.claim("stateless", byCount);
  assert.deepEqual([first?.first_event, first?.last_event], [1, 4]);
  const oneEvent = (first?.bytes ?? 0) / 4;
  const byBytes = { ...claimAll, limits: { max_events: 100, max_bytes: oneEvent * 3 } };
  const second = await queue.claim("stateless", byBytes);
  assert.deepEqual([second?.first_event, second?.last_event], [5, 7]);
});

Deno.test("claim() puts an event that is larger than the limit into a batch of its own", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  await queue.append({
    stream: "stateless",
    events: [...events(1, "x".repeat(500)), ...events(2)],
  });
  const limits = { max_events: 100, max_bytes: 200 };
  const batches = [
    await queue.claim("stateless", { ...claimAll, limits }),
    await queue.claim("stateless", { ...claimAll, limits }),
  ];
  assert.deepEqual(batches.map((batch) => batch?.events), [1, 2]);
});

Deno.test("claim() splits stateful events where they end, a delete being one line", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  const header = (operation: "create" | "delete", id: string) => ({ module: "m", id, operation });
  const list = [
    encodeStateful(header("create", "1"), { text: "ä€😀" }),
    encodeStateful(header("delete", "2")),
    encodeStateful(header("create", "3"), { text: "z" }),
  ];
  await queue.append({ stream: "stateful", events: list });
  const limits = { max_events: 1, max_bytes: 1e6 };
  const bodies: string[] = [];
  for (const _ of list) {
    const batch = await queue.claim("stateful", { ...claimAll, limits });
    assert.ok(batch);
    bodies.push(new TextDecoder().decode(queue.body(batch)));
  }
  assert.deepEqual(bodies, list.map((event) => claimAll.agent_line + event));
  assert.equal(await queue.claim("stateful", claimAll), undefined);
});

Deno.test("claim() finds what lies between batches that were settled out of order", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  for (let group = 0; group < 3; group++) {
    await queue.append({ stream: "stateless", events: events(3) });
  }
  const three = { ...claimAll, limits: { max_events: 3, max_bytes: 1e9 } };
  const within = { first_event: 4, last_event: 6 };
  const middle = await queue.claim("stateless", { ...three, within });
  assert.deepEqual([middle?.first_event, middle?.last_event], [4, 6]);
  const others = [
    await queue.claim("stateless", claimAll),
    await queue.claim("stateless", claimAll),
  ];
  assert.deepEqual(others.map((batch) => batch?.first_event), [1, 7]);
});

Deno.test("acknowledge() removes the batch with its events, once", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  await queue.append({ stream: "stateless", events: events(3) });
  const batch = await queue.claim("stateless", claimAll);
  assert.ok(batch);
  await Promise.all([1, 2].map(() => queue.acknowledge(batch, { status: 200 })));
  const account = queue.account("stateless");
  assert.equal(account.acknowledged.events, 3);
  assert.equal(account.queued.events, 0);
  assert.equal(account.queued.bytes, 0);
  assert.deepEqual(queue.openBatches("stateless"), []);
});

Deno.test("acknowledge() sets aside the events that were refused singly", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  await queue.append({ stream: "stateful", events: events(4) });
  const batch = await queue.claim("stateful", claimAll);
  assert.ok(batch);
  const refused = [{ index: 0, status: 400, reason: "bad" }, {
    index: 3,
    status: 409,
    reason: "old",
  }];
  await queue.acknowledge(batch, { status: 200, refused });
  const account = queue.account("stateful");
  assert.deepEqual([account.acknowledged.events, account.dead_lettered.events], [2, 2]);
  assert.equal(queue.deadLetters().events, 2);
  assert.ok(balanced(account));
});

Deno.test("setAside() moves a batch to the dead letters, whose oldest give way at the bound", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder, { maxDeadLetterBytes: 400 });
  for (let round = 0; round < 5; round++) {
    await queue.append({ stream: "stateless", events: events(2) });
    const batch = await queue.claim("stateless", claimAll);
    assert.ok(batch);
    await queue.setAside(batch, { status: 400, reason: "refused" });
  }
  assert.equal(queue.account("stateless").dead_lettered.events, 10);
  assert.ok(queue.deadLetters().bytes <= 400);
  assert.ok(queue.deadLetters().events > 0);
  const losses = await queue.announceLosses((loss) => `\n{}\n${JSON.stringify(loss.reason)}`);
  assert.deepEqual(losses.map(({ reason }) => reason), ["dead letters full"]);
});

Deno.test("event numbers are never used again, also after the queue was empty", async () => {
  using folder = new TempFolder();
  const first = openQueue(folder);
  await first.append({ stream: "stateless", events: events(3) });
  const batch = await first.claim("stateless", claimAll);
  assert.ok(batch);
  await first.acknowledge(batch, { status: 200 });
  first.close();
  using second = openQueue(folder);
  const range = await second.append({ stream: "stateless", events: events(1) });
  assert.deepEqual(range, { first_event: 4, last_event: 4 });
});

Deno.test("a full queue makes append() wait until something is acknowledged", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder, { max: { events: 4, bytes: 1e6 } });
  await queue.append({ stream: "stateless", events: events(4) });
  let stored = false;
  const waiting = queue.append({ stream: "stateless", events: events(2, "late ") }).then(() => {
    stored = true;
  });
  await settle();
  assert.equal(stored, false);
  assert.equal(queue.full, true);
  const batch = await queue.claim("stateless", claimAll);
  assert.ok(batch);
  await queue.acknowledge(batch, { status: 200 });
  await waiting;
  assert.equal(queue.account("stateless").queued.events, 2);
  assert.equal(queue.account("stateless").dropped.events, 0);
});

Deno.test("append() that is aborted while it waits stores nothing, not even its checkpoint", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder, { max: { events: 1, bytes: 1e6 } });
  await queue.append({ stream: "stateless", events: events(1) });
  const stop = new AbortController();
  const checkpoints = [{ collector: "files", key: "/a", value: "1" }];
  const waiting = queue.append(
    { stream: "stateless", events: events(1), checkpoints },
    { signal: stop.signal },
  );
  stop.abort(new Error("stopped"));
  await assert.rejects(waiting, /stopped/);
  assert.equal(queue.checkpoints("files").size, 0);
  assert.equal(queue.account("stateless").queued.events, 1);
});

Deno.test("a reserved append() gets in when the queue is full", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder, { max: { events: 1, bytes: 1e6 } });
  await queue.append({ stream: "stateless", events: events(1) });
  await queue.append({ stream: "stateful", events: events(1) }, { reserved: true });
  assert.equal(queue.account("stateful").queued.events, 1);
});

Deno.test("drop_oldest makes room, counts what it drops and announces it once", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder, { max: { events: 4, bytes: 1e6 }, onFull: "drop_oldest" });
  await queue.append({ stream: "stateless", events: events(2, "old ") });
  await queue.append({ stream: "stateless", events: events(2, "mid ") });
  await queue.append({ stream: "stateless", events: events(1, "new ") });
  const account = queue.account("stateless");
  assert.deepEqual([account.queued.events, account.dropped.events], [3, 2]);
  assert.ok(balanced(account));

  const announce = () => queue.announceLosses((loss) => `\n{}\n{"lost":${loss.events}}`);
  const [loss] = await announce();
  assert.deepEqual([loss?.events, loss?.reason], [2, "queue full: oldest dropped"]);
  assert.deepEqual(await announce(), []);
  const batch = await queue.claim("stateless", claimAll);
  assert.ok(batch);
  const body = new TextDecoder().decode(queue.body(batch));
  assert.deepEqual(textsOf(queue.body(batch)), ["mid 0", "mid 1", "new 0"]);
  assert.match(body, /\{"lost":2\}$/);
});

Deno.test("drop_oldest never drops what a batch has claimed", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder, { max: { events: 2, bytes: 1e6 }, onFull: "drop_oldest" });
  await queue.append({ stream: "stateless", events: events(2, "claimed ") });
  const batch = await queue.claim("stateless", claimAll);
  assert.ok(batch);
  await queue.append({ stream: "stateless", events: events(1, "new ") });
  assert.deepEqual(textsOf(queue.body(batch)), ["claimed 0", "claimed 1"]);
  assert.equal(queue.account("stateless").dropped.events, 1);
});

Deno.test("drop_newest keeps what is there, moves the checkpoint on and counts the loss", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder, { max: { events: 2, bytes: 1e6 }, onFull: "drop_newest" });
  await queue.append({ stream: "stateless", events: events(2) });
  const checkpoints = [{ collector: "files", key: "/a", value: "9" }];
  const range = await queue.append({ stream: "stateless", events: events(3, "new "), checkpoints });
  assert.equal(range, undefined);
  assert.equal(queue.checkpoints("files").get("/a"), "9");
  const account = queue.account("stateless");
  assert.deepEqual([account.queued.events, account.dropped.events], [2, 3]);
  assert.ok(balanced(account));
});

Deno.test("a notice that is dropped is told again, with everything that was lost in between", async () => {
  using folder = new TempFolder();
  let nowMs = 0;
  const max = { events: 4, bytes: 1e6 };
  using queue = openQueue(folder, { max, onFull: "drop_oldest", now: () => nowMs });
  const announce = () => queue.announceLosses((loss) => `\n{}\n{"lost":${loss.events}}`);
  const overflow = () => queue.append({ stream: "stateless", events: events(4) });
  await overflow();
  await overflow();
  assert.deepEqual((await announce()).map(({ events }) => events), [4]);
  await overflow();
  await overflow();
  assert.deepEqual(await announce(), [], "not at once");
  nowMs += 60_000;
  const [again] = await announce();
  const account = queue.account("stateless");
  assert.equal(again?.events, account.dropped.events);
  const batch = await queue.claim("stateless", claimAll);
  assert.ok(batch);
  await queue.acknowledge(batch, { status: 200 });
  nowMs += 60_000;
  assert.deepEqual(await announce(), []);
  assert.ok(balanced(queue.account("stateless")));
});

Deno.test("a notice in a refused batch is told again", async () => {
  using folder = new TempFolder();
  let nowMs = 0;
  using queue = openQueue(folder, { now: () => nowMs });
  const losses = [{ events: 7, bytes: 70, reason: "file truncated", detail: "/a" }];
  await queue.append({ stream: "stateless", events: [], losses });
  const announce = () => queue.announceLosses((loss) => `\n{}\n{"lost":${loss.events}}`);
  await announce();
  const batch = await queue.claim("stateless", claimAll);
  assert.ok(batch);
  await queue.setAside(batch, { status: 400, reason: "refused" });
  nowMs += 60_000;
  assert.deepEqual((await announce()).map(({ events }) => events), [7]);
});

Deno.test("releaseForeign() lets the events of another identity leave in new batches", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  await queue.append({ stream: "stateless", events: events(3) });
  const line = (id: string) => JSON.stringify({ agent: { id } });
  const old = await queue.claim("stateless", { ...claimAll, agent_line: line("old") });
  assert.equal(await queue.releaseForeign("old"), 0);
  assert.equal(await queue.releaseForeign("new"), 1);
  const batch = await queue.claim("stateless", { ...claimAll, agent_line: line("new") });
  assert.equal(batch?.events, 3);
  assert.notEqual(batch?.id, old?.id);
});

Deno.test("releaseForeign() lets the events of a batch leave whose agent line the disk changed", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  await queue.append({ stream: "stateless", events: events(2) });
  await queue.claim("stateless", { limits: roomy, encoding: "identity", agent_line: "{" });
  assert.equal(await queue.releaseForeign("a"), 1);
  assert.equal(queue.openBatches("stateless").length, 0);
  assert.equal(queue.waiting("stateless").events, 2);
});

Deno.test("losses of a collector are in the account and in the ledger, alike ones in one row", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  const losses = [{ events: 0, bytes: 70, reason: "file truncated", detail: "/a" }];
  await queue.append({ stream: "stateless", events: [], losses });
  await queue.append({ stream: "stateless", events: events(1), losses });
  assert.equal(queue.account("stateless").dropped.bytes, 140);
  assert.ok(balanced(queue.account("stateless")));
  const announced = await queue.announceLosses(() => "\n{}\n{}");
  assert.deepEqual(announced.map(({ bytes, detail }) => [bytes, detail]), [[140, "/a"]]);
});

Deno.test("open() sets a file aside of which nothing can be read, starts a fresh one and tells", async () => {
  using folder = new TempFolder();
  Deno.writeTextFileSync(folder.file("agent.db"), "this is not a database".repeat(500));
  using queue = openQueue(folder);
  assert.match(queue.damaged?.set_aside_as ?? "", /agent\.db\.damaged-20260101T000000Z$/);
  assert.equal(queue.account("stateless").taken.events, 0);
  assert.ok(Deno.statSync(queue.damaged?.set_aside_as ?? "").isFile);
  const told = await queue.announceLosses(() => "\n{}\n{}");
  assert.deepEqual(told.map(({ reason }) => reason), ["queue damaged"]);
});

Deno.test("open() does not take a file that was emptied for one that is new", async () => {
  using folder = new TempFolder();
  const first = openQueue(folder);
  await first.append({ stream: "stateless", events: events(1) });
  first.close();
  Deno.writeTextFileSync(folder.file("agent.db"), "");
  Deno.writeTextFileSync(folder.file("agent.db-reserve"), "room");
  using queue = openQueue(folder);
  assert.equal(queue.damaged?.reason, "the file is empty");
  const told = await queue.announceLosses(() => "\n{}\n{}");
  assert.deepEqual(told.map(({ reason }) => reason), ["queue damaged"]);
});

Deno.test("open() refuses a database of a newer agent and leaves it alone", async () => {
  using folder = new TempFolder();
  openQueue(folder).close();
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(folder.file("agent.db"));
  database.exec("PRAGMA user_version = 7");
  database.close();
  assert.throws(() => openQueue(folder), {
    code: "database_unusable",
    message: /the file is of version 7, this program knows 2/,
  });
});

Deno.test("databaseExists() counts a folder in the place of the database, so that whoever opens it says so", () => {
  using folder = new TempFolder();
  const path = folder.file("agent.db");
  assert.equal(databaseExists(path), false);
  Deno.mkdirSync(path);
  assert.equal(databaseExists(path), true);
  assert.throws(() => openDatabaseReadOnly(path), {
    code: "folder_unusable",
    message: /agent\.db": it is not a regular file$/,
  });
});

Deno.test("open() says which folder is missing", () => {
  using folder = new TempFolder();
  const path = folder.file("missing/agent.db");
  assert.throws(() => openQueue(folder, { path }), { code: "folder_unusable", message: /missing/ });
});

Deno.test("the database can be read by its owner only", () => {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  assert.ok(queue instanceof Queue);
  for (const name of ["agent.db", "agent.db-wal"]) {
    assert.equal((Deno.statSync(folder.file(name)).mode ?? 0) & 0o777, 0o600);
  }
});
