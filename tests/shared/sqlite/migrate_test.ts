import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { migrate, partVersions, userVersionOf } from "../../../src/shared/sqlite/migrate.ts";
import type { Schema, SchemaPart } from "../../../src/shared/sqlite/schema.ts";
import { requireNewestSchema } from "../../../src/shared/sqlite/whole_schema.ts";

const notes: SchemaPart = {
  name: "notes",
  migrations: [
    { version: 1, up: "CREATE TABLE note (text TEXT NOT NULL); INSERT INTO note VALUES ('first')" },
    { version: 2, up: "ALTER TABLE note ADD COLUMN author TEXT NOT NULL DEFAULT 'nobody'" },
  ],
};
const tags: SchemaPart = {
  name: "tags",
  migrations: [{ version: 1, up: (database) => database.exec("CREATE TABLE tag (name TEXT)") }],
};

function schema(...parts: SchemaPart[]): Schema {
  return { userVersion: 2, before: { 1: { notes: 1 } }, parts };
}

function only(part: SchemaPart, steps: number): SchemaPart {
  return { ...part, migrations: part.migrations.slice(0, steps) };
}

function tablesOf(database: DatabaseSync): string[] {
  return database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all()
    .map(({ name }) => String(name));
}

Deno.test("migrate() makes every part of an empty database and tells from where to where", () => {
  using database = new DatabaseSync(":memory:");
  assert.deepEqual(migrate(database, schema(notes, tags)), [
    { part: "notes", from: 0, to: 2 },
    { part: "tags", from: 0, to: 1 },
  ]);
  assert.deepEqual(tablesOf(database), ["note", "schema_version", "tag"]);
  assert.equal(userVersionOf(database), 2);
});

Deno.test("migrate() changes nothing, not even the file's change counter, when nothing is pending", () => {
  using database = new DatabaseSync(":memory:");
  migrate(database, schema(notes, tags));
  const changes = () => Number(database.prepare("SELECT total_changes() AS n").get()?.n);
  const before = changes();
  assert.deepEqual(migrate(database, schema(notes, tags)), []);
  assert.equal(changes(), before);
});

Deno.test("migrate() brings a part from its own version on and keeps its rows", () => {
  using database = new DatabaseSync(":memory:");
  migrate(database, schema(only(notes, 1), tags));
  assert.deepEqual(migrate(database, schema(notes, tags)), [{ part: "notes", from: 1, to: 2 }]);
  const [row] = database.prepare("SELECT * FROM note").all();
  assert.deepEqual({ ...row }, { text: "first", author: "nobody" });
});

Deno.test("migrate() takes over a file from before there was a table of versions", () => {
  using database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE note (text TEXT NOT NULL); PRAGMA user_version = 1");
  assert.deepEqual(partVersions(database, schema(notes)), { notes: 1 });
  assert.deepEqual(migrate(database, schema(notes, tags)), [
    { part: "notes", from: 1, to: 2 },
    { part: "tags", from: 0, to: 1 },
  ]);
});

Deno.test("migrate() applies nothing of any part when a step of one fails", () => {
  using database = new DatabaseSync(":memory:");
  migrate(database, schema(only(notes, 1)));
  const broken: SchemaPart = {
    name: "broken",
    migrations: [{ version: 1, up: "CREATE TABLE half (x); INSERT INTO nowhere VALUES (1)" }],
  };
  assert.throws(() => migrate(database, schema(notes, tags, broken)), /no such table: nowhere/);
  assert.deepEqual(tablesOf(database), ["note", "schema_version"]);
  assert.deepEqual(partVersions(database, schema()), { notes: 1 });
  assert.equal(database.isTransaction, false);
});

Deno.test("migrate() refuses a part of a newer version, says what to do and changes nothing", () => {
  using database = new DatabaseSync(":memory:");
  migrate(database, schema(notes));
  assert.throws(() => migrate(database, schema(only(notes, 1), tags)), {
    code: "database_unusable",
    message: /its schema of "notes" is 2, this program knows 1$/,
    hint: "run the newer program that wrote it, or move the file away",
  });
  assert.deepEqual(tablesOf(database), ["note", "schema_version"]);
});

Deno.test("migrate() refuses a file whose user_version is newer", () => {
  using database = new DatabaseSync(":memory:");
  database.exec("PRAGMA user_version = 3");
  assert.throws(() => migrate(database, schema(notes)), {
    code: "database_unusable",
    message: /the file is of version 3, this program knows 2$/,
  });
});

Deno.test("migrate() leaves a part alone that the program does not have; it goes on when that is back", () => {
  using database = new DatabaseSync(":memory:");
  migrate(database, schema(only(notes, 1), tags));
  assert.deepEqual(migrate(database, schema(tags)), []);
  assert.deepEqual(tablesOf(database), ["note", "schema_version", "tag"]);
  assert.deepEqual(migrate(database, schema(notes, tags)), [{ part: "notes", from: 1, to: 2 }]);
});

Deno.test("migrate() refuses a program whose steps are not numbered one after the other, or that has a part twice", () => {
  using database = new DatabaseSync(":memory:");
  const gap: SchemaPart = { name: "gap", migrations: [{ version: 2, up: "SELECT 1" }] };
  assert.throws(() => migrate(database, schema(gap)), /"gap" leads to version 2: it must be 1/);
  assert.throws(() => migrate(database, schema(tags, tags)), /Two parts .* "tags"/);
});

/** A part whose only step is `up`. */
const part = (name: string, up: string, more: Partial<SchemaPart> = {}): SchemaPart => ({
  name,
  migrations: [{ version: 1, up }],
  ...more,
});

const THEFTS = [
  { what: "drops a table", up: "DROP TABLE note", says: /changes table "note", .* "notes"/ },
  { what: "adds a column", up: "ALTER TABLE note ADD COLUMN x", says: /changes table "note"/ },
  { what: "renames a table", up: "ALTER TABLE note RENAME TO mine", says: /changes table "note"/ },
  { what: "drops an index", up: "DROP INDEX by_text", says: /changes index "by_text"/ },
  {
    what: "adds an index",
    up: "CREATE INDEX mine ON note (text)",
    says: /index "mine", .* "notes"/,
  },
  {
    what: "adds a trigger",
    up: "CREATE TRIGGER t AFTER INSERT ON note BEGIN DELETE FROM note; END",
    says: /changes trigger "t"/,
  },
  {
    what: "makes a table anew",
    up: "DROP TABLE note; CREATE TABLE note (other)",
    says: /changes table "note"/,
  },
  {
    what: "drops the table of versions",
    up: "DROP TABLE schema_version",
    says: /table "schema_version", which is not its own/,
  },
] as const;

for (const { what, up, says } of THEFTS) {
  Deno.test(`migrate() refuses a step that ${what} of another part, and changes nothing`, () => {
    using database = new DatabaseSync(":memory:");
    const withIndex: SchemaPart = {
      ...notes,
      migrations: [...notes.migrations, { version: 3, up: "CREATE INDEX by_text ON note (text)" }],
    };
    migrate(database, schema(withIndex));
    assert.throws(() => migrate(database, schema(withIndex, part("thief", up))), {
      code: "database_unusable",
      message: says,
    });
    assert.deepEqual(tablesOf(database), ["note", "schema_version"]);
    assert.deepEqual(partVersions(database, schema()), { notes: 3 });
  });
}

Deno.test("migrate() lets no part near the tables of a part that this program does not have", () => {
  using database = new DatabaseSync(":memory:");
  migrate(database, schema(notes));
  assert.throws(() => migrate(database, schema(part("thief", "DROP TABLE note"))), {
    message: /changes table "note", which is not its own/,
  });
});

Deno.test("migrate() lets a part drop and rename its own tables, also those of a file made before", () => {
  using database = new DatabaseSync(":memory:");
  migrate(database, schema(tags, notes));
  const later: SchemaPart = {
    ...notes,
    migrations: [...notes.migrations, {
      version: 3,
      up: `CREATE TABLE note_2 (text TEXT); INSERT INTO note_2 SELECT text FROM note;
           DROP TABLE note; ALTER TABLE note_2 RENAME TO note; CREATE INDEX by_text ON note (text)`,
    }],
  };
  assert.deepEqual(migrate(database, schema(tags, later)), [{ part: "notes", from: 2, to: 3 }]);
});

Deno.test("migrate() refuses tables of a part that are not called like it", () => {
  using database = new DatabaseSync(":memory:");
  const named = (up: string) => schema(part("module.fim", up, { tablePrefix: "fim" }));
  assert.throws(() => migrate(database, named("CREATE TABLE fimble (x)")), {
    message: /table "fimble", must be called "fim" or begin with "fim_"$/,
  });
  migrate(
    database,
    named("CREATE TABLE fim (x INTEGER PRIMARY KEY AUTOINCREMENT); CREATE TABLE fim_file (y)"),
  );
});

Deno.test("migrate() says of a wrong step which it is and what is wrong with it, without its text", () => {
  using database = new DatabaseSync(":memory:");
  migrate(database, schema(notes));
  const long = `CREATE TABLE note (x);${"\n-- and so on".repeat(70)}`;
  assert.throws(() => migrate(database, schema(notes, part("module.fim", long))), {
    code: "database_unusable",
    message: 'Cannot upgrade database ":memory:": step 1 of "module.fim" fails: ' +
      "table note already exists",
    hint: /the version of the program that ran before/,
  });
});

Deno.test("migrate() does not call a full disk a wrong step", () => {
  using database = new DatabaseSync(":memory:");
  migrate(database, schema(notes));
  database.exec("PRAGMA max_page_count = 4");
  const large = part(
    "large",
    "CREATE TABLE large (x); INSERT INTO large VALUES (randomblob(99999))",
  );
  assert.throws(
    () => migrate(database, schema(notes, large)),
    (error) => error instanceof Error && error.name !== "AgentError" && /full/.test(error.message),
  );
});

const added: SchemaPart = {
  ...notes,
  migrations: [
    ...notes.migrations,
    { version: 3, up: "ALTER TABLE note ADD COLUMN mood TEXT", isAdditive: true },
    { version: 4, up: "CREATE TABLE mood (name TEXT)", isAdditive: true },
  ],
};

Deno.test("migrate() lets a program use what a newer one only added to, and leaves that as it is", () => {
  using database = new DatabaseSync(":memory:");
  migrate(database, schema(added));
  assert.deepEqual(migrate(database, schema(notes)), []);
  requireNewestSchema(database, schema(notes));
  database.exec("INSERT INTO note (text) VALUES ('from the older one')");
  // Also when something else is pending.
  assert.deepEqual(migrate(database, schema(notes, tags)), [{ part: "tags", from: 0, to: 1 }]);
  assert.deepEqual(partVersions(database, schema(notes)), { notes: 4, tags: 1 });
  assert.deepEqual(migrate(database, schema(added, tags)), []);
  requireNewestSchema(database, schema(added, tags));
});

Deno.test("migrate() refuses a program from before the last step that did more than add", () => {
  using database = new DatabaseSync(":memory:");
  migrate(database, schema(added));
  assert.throws(() => migrate(database, schema(only(notes, 1))), {
    code: "database_unusable",
    message: /its schema of "notes" is 4, this program knows 1$/,
  });
});

Deno.test("migrate() refuses a newer part in a file that does not say who may use it", () => {
  using database = new DatabaseSync(":memory:");
  migrate(database, schema(added));
  database.exec("ALTER TABLE schema_version DROP COLUMN readable_from");
  assert.throws(() => migrate(database, schema(notes)), { code: "database_unusable" });
});
