import assert from "node:assert/strict";
import type { Announcer, Finding } from "../../../src/manager/keep_alive/announcement.ts";
import { KeepAlive } from "../../../src/manager/keep_alive/keep_alive.ts";
import { Store } from "../../../src/manager/store.ts";
import { SqliteStates } from "../../../src/manager/stores/single/sqlite_states.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const LIMITS = { intervalMs: 1_000, timeoutMs: 3_000, maxMissed: 3, retryIntervalMs: 500 };
const AGENT = "01a1fbd6-506d-73a6-bc20-000000000001";

/** A monitor of one agent, and an announcer that writes to a table of its own. */
class Together implements Announcer, Disposable {
  readonly store = new Store({ path: ":memory:", keepEvents: 10, idempotencyKeys: 10 });
  readonly clock = new FakeClock();
  readonly keepAlive: KeepAlive;
  /** What was passed on, after the transaction. */
  readonly told: string[] = [];
  givenUp = 0;
  canAnnounce = true;

  constructor() {
    const { database, agentStates } = this.store;
    database.exec("CREATE TABLE outbox (text TEXT)");
    database.prepare("INSERT INTO agents VALUES (?, 'a', x'00', x'00', '1', '{}', 0)").run(AGENT);
    agentStates.add(AGENT, 0);
    this.keepAlive = new KeepAlive({
      limits: LIMITS,
      enabled: true,
      store: this.store,
      states: new SqliteStates(this.store, this),
      clock: this.clock,
      polls: { keepAlive: () => false, replace: () => false },
      announcer: this,
      maxWaiting: 3,
    });
  }

  announce(findings: readonly Finding[]): () => void {
    const texts = findings.map((one) => one.kind === "status_changed" ? one.current : one.kind);
    const insert = this.store.database.prepare("INSERT INTO outbox VALUES (?)");
    for (const text of texts) insert.run(text);
    if (!this.canAnnounce) throw new Error("disk full");
    return () => void this.told.push(...texts);
  }

  giveUp(findings: number): void {
    this.givenUp += findings;
  }

  /** What stands in the database: the state of the agent, and what is announced. */
  get written(): unknown[] {
    const rows = this.store.database.prepare("SELECT text FROM outbox").all();
    return [this.store.agentStates.find(AGENT)?.state, ...rows.map(({ text }) => text)];
  }

  [Symbol.dispose](): void {
    this.store.close();
  }
}

Deno.test("KeepAlive writes a change and its announcement in one transaction", async () => {
  using together = new Together();
  together.keepAlive.heard(AGENT, "login", undefined);
  assert.deepEqual(together.written, ["never_connected"]);
  assert.deepEqual(together.told, [], "nothing is passed on before it is written down");
  assert.equal(await together.keepAlive.writeDown(), true);
  assert.deepEqual(together.written, ["pending", "pending"]);
  assert.deepEqual(together.told, ["pending"]);
});

Deno.test("KeepAlive remembers no change that it could not announce, and tries again later", async () => {
  using together = new Together();
  together.canAnnounce = false;
  together.keepAlive.heard(AGENT, "login", undefined);
  assert.equal(await together.keepAlive.writeDown(), false);
  assert.deepEqual(together.written, ["never_connected"]);
  together.canAnnounce = true;
  assert.equal(await together.keepAlive.writeDown(), false, "not again at once");
  await together.clock.advance(1_000);
  assert.equal(await together.keepAlive.writeDown(), true);
  assert.deepEqual(together.written, ["pending", "pending"]);
});

Deno.test("KeepAlive announces nothing that it could not remember, such as when the commit fails", async () => {
  using together = new Together();
  const { database } = together.store;
  database.exec(`
    PRAGMA foreign_keys = ON;
    CREATE TABLE parent (id INTEGER PRIMARY KEY);
    CREATE TABLE child (parent INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
    CREATE TRIGGER broken AFTER INSERT ON outbox BEGIN INSERT INTO child VALUES (7); END;
  `);
  together.keepAlive.heard(AGENT, "login", undefined);
  assert.equal(await together.keepAlive.writeDown(), false);
  assert.deepEqual(together.written, ["never_connected"]);
  assert.deepEqual(together.told, []);
});

Deno.test("KeepAlive stops without remembering what it could not announce", async () => {
  using together = new Together();
  together.canAnnounce = false;
  together.keepAlive.heard(AGENT, "login", undefined);
  await together.keepAlive.stop();
  assert.deepEqual(together.written, ["never_connected"]);
});

Deno.test("KeepAlive gives up the oldest findings beyond its bound while nothing can be written", async () => {
  using together = new Together();
  together.canAnnounce = false;
  const { keepAlive, clock } = together;
  keepAlive.heard(AGENT, "login", undefined);
  keepAlive.heard(AGENT, "poll", undefined);
  for (let times = 0; times < 3; times++) {
    await clock.advance(5_000);
    keepAlive.stopped(AGENT);
    await clock.advance(5_000);
    keepAlive.heard(AGENT, "poll", undefined);
  }
  assert.equal(await keepAlive.writeDown(), false);
  assert.equal(together.givenUp, 5);
  together.canAnnounce = true;
  await clock.advance(1_000);
  assert.equal(await keepAlive.writeDown(), true);
  assert.deepEqual(together.written, ["active", "active", "stopped", "active"]);
});
