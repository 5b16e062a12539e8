/**
 * Brings the tables of a file to what this program knows: all pending steps of all parts in one transaction, so that a crash or
 * an error in any of them leaves the file as it was.
 *
 * What is found decides:
 *
 * | in the file                              | what happens                                                              |
 * | ---------------------------------------- | ------------------------------------------------------------------------- |
 * | nothing                                  | every step of every part                                                  |
 * | a part at an older version               | its steps from there on                                                   |
 * | a part at a newer version whose steps    | left as it is, and used: a program that was tried and did not pass may    |
 * | only add                                 | have left it so                                                           |
 * | a part at another newer version, or a    | refused: its rows may mean something else by now                          |
 * | newer `user_version`                     |                                                                           |
 * | a part that this program does not have   | left as it is, with its version: it goes on when its program is back      |
 *
 * Parts are kept apart: see `table_owners.ts`.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { AgentError, messageOf } from "../errors.ts";
import { DamagedDatabaseError, isDamage } from "./damage.ts";
import {
  checkParts,
  type Migration,
  newestVersion,
  type PartVersions,
  readableFrom,
  type Schema,
  type SchemaPart,
} from "./schema.ts";
import { runStep, TableOwners } from "./table_owners.ts";
import { transaction } from "./transaction.ts";
import { requireWholeSchema } from "./whole_schema.ts";

/** A part whose version changed. */
interface AppliedSteps {
  part: string;
  /** 0 when it was made anew. */
  from: number;
  to: number;
}

const CREATE_VERSIONS = `
  CREATE TABLE IF NOT EXISTS schema_version (
    part    TEXT PRIMARY KEY,
    version INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`;

/** From which version on programs may use a part that is at another one; `NULL` from a time before that was noted. */
const ADD_READABLE_FROM = "ALTER TABLE schema_version ADD COLUMN readable_from INTEGER";

/**
 * Runs what is pending. Cheap when nothing is: two reads.
 *
 * @returns the parts that changed
 * @throws {AgentError} `database_unusable` when a newer program wrote the file, or a step is wrong
 * @throws what SQLite says of the file or the disk. Nothing has changed, whatever is thrown
 */
export function migrate(database: DatabaseSync, schema: Schema): AppliedSteps[] {
  checkParts(schema.parts);
  checkVersions(database, schema);
  if (!isPending(database, schema)) return [];
  // Read again inside: another process may have been faster.
  return transaction(database, () => runSteps(database, schema));
}

/**
 * The versions of the parts in a file, also in one from before there was a table of them.
 *
 * @throws {AgentError} `database_unusable` when its `user_version` is neither known nor older
 * @throws {DamagedDatabaseError} when there should be a table of them and is none
 */
export function partVersions(database: DatabaseSync, schema: Schema): PartVersions {
  const userVersion = userVersionOf(database);
  if (userVersion === 0) return {};
  if (userVersion !== schema.userVersion) {
    const before = schema.before?.[userVersion];
    if (before !== undefined) return before;
    throw tooNew(
      database,
      `the file is of version ${userVersion}, this program knows ${schema.userVersion}`,
    );
  }
  const [table] = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'schema_version'")
    .all();
  if (table === undefined) throw new DamagedDatabaseError("the table of versions is gone");
  const rows = database.prepare("SELECT part, version FROM schema_version").all();
  return Object.fromEntries(rows.map(({ part, version }) => [String(part), Number(version)]));
}

/**
 * Looks whether this program may use a file, older ones included; changes nothing.
 *
 * @throws {AgentError} `database_unusable` when a newer program wrote it
 */
export function checkVersions(database: DatabaseSync, schema: Schema): void {
  const versions = partVersions(database, schema);
  const readable = readableVersions(database);
  for (const part of schema.parts) {
    const found = versions[part.name] ?? 0;
    const known = newestVersion(part);
    if (found > known && known < (readable[part.name] ?? found)) {
      throw tooNew(
        database,
        `its schema of "${part.name}" is ${found}, this program knows ${known}`,
      );
    }
  }
}

/** `PRAGMA user_version`: 0 in a file without tables. */
export function userVersionOf(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.user_version ?? 0);
}

/** By part: from which version on programs may use it. */
function readableVersions(database: DatabaseSync): Record<string, number> {
  if (!hasReadableFrom(database)) return {};
  const rows = database.prepare(
    "SELECT part, readable_from FROM schema_version WHERE readable_from IS NOT NULL",
  ).all();
  return Object.fromEntries(rows.map((row) => [String(row.part), Number(row.readable_from)]));
}

function hasReadableFrom(database: DatabaseSync): boolean {
  return database.prepare("PRAGMA table_info(schema_version)").all()
    .some(({ name }) => name === "readable_from");
}

function isPending(database: DatabaseSync, schema: Schema): boolean {
  if (userVersionOf(database) !== schema.userVersion) return true;
  const versions = partVersions(database, schema);
  return schema.parts.some((part) => (versions[part.name] ?? 0) < newestVersion(part));
}

function runSteps(database: DatabaseSync, schema: Schema): AppliedSteps[] {
  checkVersions(database, schema);
  const versions = partVersions(database, schema);
  const early = requireWholeSchema(database, schema.parts, versions);
  database.exec(CREATE_VERSIONS);
  if (!hasReadableFrom(database)) database.exec(ADD_READABLE_FROM);
  const setVersion = database.prepare(
    `INSERT INTO schema_version (part, version, readable_from) VALUES (?, ?, ?)
     ON CONFLICT (part) DO UPDATE
     SET version = excluded.version, readable_from = excluded.readable_from`,
  );
  const owners = TableOwners.of(database, schema.parts, versions);
  const applied: AppliedSteps[] = [];
  for (const part of schema.parts) {
    const from = versions[part.name] ?? 0;
    const to = newestVersion(part);
    // What a newer program added stays, and stays noted.
    if (from > to) continue;
    for (const step of part.migrations.slice(from)) {
      runInFile(database, { step, part, owners, early });
    }
    setVersion.run(part.name, to, readableFrom(part));
    if (to !== from) applied.push({ part: part.name, from, to });
  }
  database.exec(`PRAGMA user_version = ${schema.userVersion}`);
  return applied;
}

function runInFile(
  database: DatabaseSync,
  { step, part, owners, early }: {
    step: Migration;
    part: SchemaPart;
    owners: TableOwners;
    /** What was there before its step. */
    early: string | undefined;
  },
): void {
  try {
    runStep(database, step);
    owners.requireOwnChanges(database, part);
  } catch (error) {
    if (isDamage(error) || isOfMachine(error)) throw error;
    if (early !== undefined) {
      const reason = `${early} is there, but not the version that it came with`;
      throw new DamagedDatabaseError(reason, { cause: error });
    }
    const what = `step ${step.version} of "${part.name}" fails: ${sqlLeftOut(messageOf(error))}`;
    throw new AgentError(
      "database_unusable",
      `Cannot upgrade database ${nameOf(database)}: ${what}`,
      {
        cause: error,
        hint:
          "run the version of the program that ran before, and report this; the file is as it was",
      },
    );
  }
}

/** The disk or another process stands in the way, not the step. The runtime gives no number for what `exec` runs into. */
function isOfMachine(error: unknown): boolean {
  const text = /disk|readonly|locked|busy|out of memory|unable to open|interrupted/i;
  return error instanceof Error && "code" in error && error.code === "ERR_SQLITE_ERROR" &&
    text.test(error.message);
}

/** SQLite repeats the whole text of a step behind what is wrong with it. */
function sqlLeftOut(message: string): string {
  return message.replace(/ in .* at offset \d+$/s, "");
}

function nameOf(database: DatabaseSync): string {
  return JSON.stringify(database.location() ?? ":memory:");
}

function tooNew(database: DatabaseSync, reason: string): AgentError {
  return new AgentError(
    "database_unusable",
    `Cannot open database ${nameOf(database)}: ${reason}`,
    {
      hint: "run the newer program that wrote it, or move the file away",
    },
  );
}
