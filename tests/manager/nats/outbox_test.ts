import assert from "node:assert/strict";
import { Outbox } from "../../../src/manager/nats/outbox.ts";
import { Store } from "../../../src/manager/store.ts";

const DRAFT = { kind: "keepalive", subject: "s", document: (n: number) => ({ n }) } as const;

function withStore(run: (store: Store) => void): void {
  const store = new Store({ path: ":memory:", keepEvents: 10, idempotencyKeys: 10 });
  run(store);
  store.close();
}

Deno.test("Outbox numbers on after everything was removed and it was opened again", () =>
  withStore(({ database }) => {
    const first = new Outbox(database, { maxMessages: 10, nowMs: 1_000 });
    first.append([DRAFT, DRAFT]);
    assert.deepEqual(first.oldest(5).map(({ sequence }) => sequence), [1_001, 1_002]);
    first.remove(first.oldest(5));
    assert.equal(first.size, 0);
    const second = new Outbox(database, { maxMessages: 10, nowMs: 5_000 });
    second.append([DRAFT]);
    const [message] = second.oldest(5);
    assert.equal(message?.sequence, 1_003);
    assert.equal(message?.document, '{"n":1003}');
  }));

Deno.test("Outbox drops the oldest beyond its bound and says how many", () =>
  withStore(({ database }) => {
    const outbox = new Outbox(database, { maxMessages: 3, nowMs: 0 });
    assert.equal(outbox.append([DRAFT, DRAFT]), 0);
    assert.equal(outbox.append([DRAFT, DRAFT]), 1);
    assert.deepEqual(outbox.oldest(9).map(({ sequence }) => sequence), [2, 3, 4]);
    assert.equal(outbox.size, 3);
  }));

Deno.test("Outbox stores all of a group or nothing, and wastes no number on a failure", () =>
  withStore(({ database }) => {
    const outbox = new Outbox(database, { maxMessages: 3, nowMs: 0 });
    const broken = {
      ...DRAFT,
      document: () => {
        throw new Error("broken");
      },
    };
    assert.throws(() => outbox.append([DRAFT, broken]), /broken/);
    assert.equal(outbox.size, 0);
    outbox.append([DRAFT]);
    assert.deepEqual(outbox.oldest(9).map(({ sequence }) => sequence), [1]);
  }));

Deno.test("Outbox stores what others write with it, or neither", () =>
  withStore(({ database }) => {
    const outbox = new Outbox(database, { maxMessages: 3, nowMs: 0 });
    const notes = () => Number(database.prepare("SELECT count(*) AS n FROM notes").get()?.n);
    database.exec("CREATE TABLE notes (text TEXT)");
    let committed = 0;
    const write = () => {
      database.exec("INSERT INTO notes VALUES ('changed')");
      return () => committed++;
    };
    const fail = () => {
      write();
      throw new Error("disk full");
    };
    assert.throws(() => outbox.append([DRAFT], fail), /disk full/);
    assert.deepEqual([outbox.oldest(9).length, outbox.size, notes(), committed], [0, 0, 0, 0]);
    outbox.append([DRAFT], write);
    assert.deepEqual([outbox.oldest(9).length, outbox.size, notes(), committed], [1, 1, 1, 1]);
  }));
