import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { AGENTS_SCHEMA } from "../../src/manager/agents/schema.ts";
import { EVENTS_SCHEMA } from "../../src/manager/events/schema.ts";
import { Store } from "../../src/manager/store.ts";

function add(store: Store, events: number): void {
  const lines = Array.from({ length: events }, () => '{"module":"m"}\n{}').join("\n");
  const group = {
    receivedAtMs: 0,
    agentId: "a",
    stream: "stateless" as const,
    batchId: null,
    events,
    lines,
  };
  store.events.accept({
    group,
    requestKey: undefined,
    answer: { status: 204, body: "" },
    shutdown: false,
  });
}

function groupsIn(store: Store): number[] {
  const found: number[] = [];
  for (let group = store.events.after(0); group; group = store.events.after(group.lastEvent)) {
    found.push(group.lastEvent);
  }
  return found;
}

Deno.test("Store keeps the newest events and counts all of them", () => {
  const store = new Store({ path: ":memory:", keepEvents: 10, idempotencyKeys: 10 });
  for (let index = 0; index < 10; index++) add(store, 4);
  assert.deepEqual(groupsIn(store), [32, 36, 40]);
  assert.equal(store.events.count("stateless"), 40);
  add(store, 50);
  assert.deepEqual(groupsIn(store), [90]);
  store.close();
});

Deno.test("Store counts events that are stored elsewhere, before the counts are written down and after", () => {
  const store = new Store({ path: ":memory:", keepEvents: 10, idempotencyKeys: 10 });
  const counts = () => [
    store.events.total(),
    store.events.count("stateless"),
    store.events.count("stateful"),
    store.events.duplicatesSuppressed(),
  ];
  const group = { receivedAtMs: 0, agentId: "a", batchId: null, lines: "" };
  store.events.countStored({
    group: { ...group, stream: "stateless", events: 3 },
    shutdown: false,
  });
  store.events.countStored({ group: { ...group, stream: "stateful", events: 2 }, shutdown: true });
  store.events.countRepeat();
  assert.deepEqual(counts(), [5, 3, 2, 1]);
  store.events.writeCounts();
  assert.deepEqual(counts(), [5, 3, 2, 1]);
  store.events.countRepeat();
  assert.deepEqual(counts(), [5, 3, 2, 2]);
  assert.equal(store.events.shutdowns().length, 1);
  store.close();
});

Deno.test("Store stores all of a request or nothing", () => {
  const store = new Store({ path: ":memory:", keepEvents: 10, idempotencyKeys: 10 });
  const requestKey = { agentId: "a", key: "k", fingerprint: new Uint8Array(32) };
  const group = {
    receivedAtMs: 0,
    agentId: "a",
    stream: "stateful" as const,
    batchId: "k",
    events: 1,
    lines: "{}\n{}",
  };
  const submission = { group, requestKey, answer: { status: 200, body: "{}" }, shutdown: false };
  store.events.accept(submission);
  assert.throws(() => store.events.accept(submission), /UNIQUE/);
  assert.equal(store.events.total(), 1);
  assert.deepEqual(groupsIn(store), [1]);
  store.close();
});

Deno.test("Store says that the database is in use, or was written by a newer manager", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/manager.db`;
  const options = { path, keepEvents: 10, idempotencyKeys: 10 };
  const store = new Store(options);
  const message = `Cannot open database "${path}": another manager uses it`;
  const hint = "stop that manager, or name another data folder";
  assert.throws(() => new Store(options), { message, hint });
  store.close();
  const db = new DatabaseSync(path);
  db.exec("PRAGMA user_version = 9");
  db.close();
  assert.throws(() => new Store(options), {
    message: `Cannot open database "${path}": the file is of version 9, this program knows 6`,
    hint: "run the newer program that wrote it, or move the file away",
  });
  await Deno.remove(folder, { recursive: true });
});

Deno.test("Store brings the groups of agents along from the first schema", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/manager.db`;
  const old = new DatabaseSync(path);
  for (const { migrations } of [AGENTS_SCHEMA, EVENTS_SCHEMA]) old.exec(String(migrations[0]?.up));
  old.exec(
    `PRAGMA user_version = 1;
     INSERT INTO agents VALUES ('a', 'one', x'00', x'00', '1', '{}', '["web","db","web"]', 0);
     INSERT INTO agents VALUES ('b', 'two', x'00', x'00', '1', '{}', '[]', 0);`,
  );
  old.close();
  const store = new Store({ path, keepEvents: 10, idempotencyKeys: 10 });
  assert.deepEqual(store.memberships.groupsOf("a"), ["web", "db"]);
  assert.deepEqual(store.memberships.groupsOf("b"), []);
  assert.equal(store.agents.count(), 2);
  store.close();
  await Deno.remove(folder, { recursive: true });
});
