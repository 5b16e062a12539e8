import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { migrate, partVersions } from "../../../src/shared/sqlite/migrate.ts";
import { openDatabaseFile } from "../../../src/shared/sqlite/open.ts";
import type { Schema, SchemaPart } from "../../../src/shared/sqlite/schema.ts";
import { TempFolder } from "../../support/queues.ts";

const first: SchemaPart = {
  name: "first",
  migrations: [
    { version: 1, up: "CREATE TABLE kept (n INTEGER); INSERT INTO kept VALUES (1), (2), (3)" },
    {
      version: 2,
      up: "ALTER TABLE kept ADD COLUMN square INTEGER; UPDATE kept SET square = n * n",
    },
  ],
};
const second: SchemaPart = {
  name: "second",
  migrations: [{ version: 1, up: "CREATE TABLE other (n INTEGER)" }],
};

function schema(...parts: SchemaPart[]): Schema {
  return { userVersion: 2, parts };
}

/** Runs the steps in a process that is killed between two statements of the last one. */
async function migrateAndDie(path: string): Promise<Deno.CommandStatus> {
  const from = (file: string) => import.meta.resolve(`../../../src/shared/sqlite/${file}`);
  const script = `
    import { openDatabaseFile } from "${from("open.ts")}";
    const second = { name: "second", migrations: [{ version: 1, up(database) {
      database.exec("CREATE TABLE other (n INTEGER)");
      // With a cache of one page what is not committed reaches the file all the same.
      database.exec("PRAGMA cache_size = 1; INSERT INTO other VALUES (1)");
      Deno.kill(Deno.pid, "SIGKILL");
    } }] };
    openDatabaseFile(${JSON.stringify(path)}, { schema: { userVersion: 2, parts: [
      ${JSON.stringify(first)}, second,
    ] } });`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-config", "--allow-all", "-"],
    stdin: "piped",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode(script));
  await input.close();
  return await child.status;
}

Deno.test("a process killed between two statements of a migration leaves the old database whole, and the next start finishes", async () => {
  using folder = new TempFolder();
  const path = folder.file("parts.db");
  const old = { ...first, migrations: first.migrations.slice(0, 1) };
  openDatabaseFile(path, { schema: schema(old) }).close();

  assert.equal((await migrateAndDie(path)).signal, "SIGKILL");

  {
    using left = new DatabaseSync(path);
    assert.deepEqual(partVersions(left, schema()), { first: 1 });
    assert.deepEqual(left.prepare("SELECT * FROM kept").all().map((row) => ({ ...row })), [
      { n: 1 },
      { n: 2 },
      { n: 3 },
    ]);
    assert.deepEqual({ ...left.prepare("PRAGMA integrity_check").get() }, {
      integrity_check: "ok",
    });
  }

  using next = openDatabaseFile(path, { schema: schema(first, second) });
  assert.deepEqual(migrate(next, schema(first, second)), []);
  assert.deepEqual(next.prepare("SELECT sum(square) AS sum FROM kept").get()?.sum, 14);
});
