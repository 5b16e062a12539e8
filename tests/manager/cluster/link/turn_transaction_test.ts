import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { TurnTransaction } from "../../../../src/manager/cluster/link/turn_transaction.ts";
import { transaction } from "../../../../src/shared/sqlite/transaction.ts";

/** A table of numbers, and how often something has been committed. */
function numbers() {
  const db = new DatabaseSync(":memory:");
  db.exec("CREATE TABLE numbers (number INTEGER PRIMARY KEY)");
  const add = db.prepare("INSERT INTO numbers VALUES (?)");
  const commits: string[] = [];
  const exec = db.exec.bind(db);
  db.exec = (sql) => {
    if (sql === "COMMIT") commits.push(sql);
    exec(sql);
  };
  return {
    db,
    commits,
    add: (number: number) => void add.run(number),
    all: () => db.prepare("SELECT number FROM numbers ORDER BY 1").all().map((row) => row.number),
  };
}

Deno.test("TurnTransaction writes what is wanted in one turn in one transaction, in its order", async () => {
  const { db, add, all, commits } = numbers();
  const together = new TurnTransaction(db);
  const order: number[] = [];
  const parts = [3, 1, 2].map((number) =>
    together.run(() => {
      add(number);
      order.push(number);
    })
  );
  assert.deepEqual(all(), []);
  await Promise.all(parts);
  assert.deepEqual([all(), order, commits.length], [[1, 2, 3], [3, 1, 2], 1]);
  await together.run(() => add(4));
  assert.deepEqual([all(), commits.length], [[1, 2, 3, 4], 2]);
});

Deno.test("TurnTransaction undoes a part that fails, also what it did in a transaction of its own, and no other", async () => {
  const { db, add, all } = numbers();
  const together = new TurnTransaction(db);
  const failing = () => {
    transaction(db, () => add(2));
    throw new Error("no more");
  };
  const outcomes = await Promise.allSettled([
    together.run(() => add(1)),
    together.run(failing),
    together.run(() => add(3)),
  ]);
  assert.deepEqual(outcomes.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
  assert.deepEqual(all(), [1, 3]);
});

Deno.test("TurnTransaction fails all of it when it cannot be committed", async () => {
  const { db, add } = numbers();
  db.exec("PRAGMA foreign_keys = ON");
  db.exec(`CREATE TABLE heirs (number INTEGER REFERENCES numbers DEFERRABLE INITIALLY DEFERRED)`);
  const together = new TurnTransaction(db);
  const outcomes = await Promise.allSettled([
    together.run(() => add(1)),
    together.run(() => db.exec("INSERT INTO heirs VALUES (7)")),
  ]);
  assert.deepEqual(outcomes.map(({ status }) => status), ["rejected", "rejected"]);
  assert.equal(db.isTransaction, false);
  await together.run(() => add(1));
});
