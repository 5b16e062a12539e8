import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { GroupCommit } from "../../../src/agent/queue/group_commit.ts";

function setUp() {
  const database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE t (v INTEGER UNIQUE)");
  const seen = { commits: 0, failures: 0 };
  const commits = new GroupCommit(() => database, {
    makeRoom: () => {},
    repair: () => false,
    onCommit: () => seen.commits++,
    onFailure: () => seen.failures++,
  });
  const insert = (value: number) => () =>
    database.prepare("INSERT INTO t VALUES (?)").run(value).changes;
  const values = () => database.prepare("SELECT v FROM t ORDER BY v").all().map(({ v }) => v);
  return { database, commits, seen, insert, values };
}

Deno.test("run() commits what is asked for in one turn in one transaction", async () => {
  const { commits, seen, insert, values, database } = setUp();
  await Promise.all([1, 2, 3].map((value) => commits.run(insert(value))));
  assert.deepEqual(values(), [1, 2, 3]);
  assert.equal(seen.commits, 1);
  database.close();
});

Deno.test("run() that throws is rolled back alone; the others of its group are stored", async () => {
  const { commits, seen, insert, values, database } = setUp();
  const results = await Promise.allSettled([1, 2, 2, 3].map((value) => commits.run(insert(value))));
  assert.deepEqual(results.map(({ status }) => status), [
    "fulfilled",
    "fulfilled",
    "rejected",
    "fulfilled",
  ]);
  assert.deepEqual(values(), [1, 2, 3]);
  assert.equal(seen.failures, 1);
  database.close();
});

Deno.test("flush() commits at once what waits for the next turn", () => {
  const { commits, insert, values, database } = setUp();
  commits.run(insert(7));
  commits.flush();
  assert.deepEqual(values(), [7]);
  database.close();
});
