import assert from "node:assert/strict";
import { type Draft, Outbox } from "../../../src/manager/nats/outbox.ts";
import { Store } from "../../../src/manager/store.ts";

const DRAFT = { kind: "keepalive", subject: "s", document: (n: number) => ({ n }) } as const;

/** Appends in a transaction of its own; returns how many had to be dropped. */
function append(outbox: Outbox, drafts: readonly Draft[]): number {
  const { dropped, committed } = outbox.append(drafts);
  committed();
  return dropped;
}

function withStore(run: (store: Store) => void): void {
  const store = new Store({ path: ":memory:", keepEvents: 10, idempotencyKeys: 10 });
  run(store);
  store.close();
}

Deno.test("Outbox numbers on after everything was removed and it was opened again", () =>
  withStore(({ database }) => {
    const first = new Outbox(database, { maxMessages: 10, nowMs: 1_000 });
    append(first, [DRAFT, DRAFT]);
    assert.deepEqual(first.oldest(5).map(({ sequence }) => sequence), [1_001, 1_002]);
    first.remove(first.oldest(5));
    assert.equal(first.size, 0);
    const second = new Outbox(database, { maxMessages: 10, nowMs: 5_000 });
    append(second, [DRAFT]);
    const [message] = second.oldest(5);
    assert.equal(message?.sequence, 1_003);
    assert.equal(message?.document, '{"n":1003}');
  }));

Deno.test("Outbox drops the oldest beyond its bound and says how many", () =>
  withStore(({ database }) => {
    const outbox = new Outbox(database, { maxMessages: 3, nowMs: 0 });
    assert.equal(append(outbox, [DRAFT, DRAFT]), 0);
    assert.equal(append(outbox, [DRAFT, DRAFT]), 1);
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
    append(outbox, [DRAFT]);
    assert.deepEqual(outbox.oldest(9).map(({ sequence }) => sequence), [1]);
  }));

Deno.test("Outbox gives no number out in a transaction of others that is undone", () =>
  withStore(({ database }) => {
    const outbox = new Outbox(database, { maxMessages: 3, nowMs: 0 });
    database.exec("BEGIN");
    outbox.append([DRAFT]);
    database.exec("ROLLBACK");
    assert.deepEqual([outbox.oldest(9), outbox.size, outbox.lastSequence], [[], 0, 0]);
    database.exec("BEGIN");
    const { committed } = outbox.append([DRAFT]);
    database.exec("COMMIT");
    committed();
    assert.deepEqual([outbox.oldest(9).length, outbox.size, outbox.lastSequence], [1, 1, 1]);
  }));

Deno.test("Outbox tells when what was stored so far has been taken or dropped", async () => {
  const store = new Store({ path: ":memory:", keepEvents: 10, idempotencyKeys: 10 });
  const outbox = new Outbox(store.database, { maxMessages: 3, nowMs: 0 });
  const gone: number[] = [];
  append(outbox, [DRAFT, DRAFT, DRAFT]);
  const waits = [0, 1, 2, 3].map((sequence) =>
    outbox.whenGone(sequence).then(() => void gone.push(sequence))
  );
  await waits[0];
  assert.deepEqual(gone, [0]);
  append(outbox, [DRAFT]);
  await waits[1];
  assert.deepEqual(gone, [0, 1], "dropped");
  outbox.remove(outbox.oldest(2));
  await Promise.all(waits);
  assert.deepEqual(gone, [0, 1, 2, 3]);
  store.close();
});
