/**
 * The manager's database: how it is opened. What is in it stands in `schema.ts`.
 *
 * The file belongs to one process (`locking_mode = EXCLUSIVE`). Commits are on disk before they are
 * answered.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { MIGRATIONS } from "./schema.ts";

/**
 * Opens the database, and brings its tables to the newest schema.
 *
 * @param path a file, or `:memory:`
 * @throws Error naming the file when another manager has it open, or a newer one wrote it
 */
export function openDatabase(path: string): DatabaseSync {
  const db = new DatabaseSync(path);
  try {
    prepare(db);
    return db;
  } catch (error) {
    db.close();
    throw new Error(`Cannot open database "${path}": ${reasonOf(error)}`, { cause: error });
  }
}

/** Runs `work` in one transaction, which is undone when it throws; within another one as a part of it. */
export function transaction<T>(db: DatabaseSync, work: () => T): T {
  if (db.isTransaction) return work();
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

function prepare(db: DatabaseSync): void {
  db.exec(`
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA journal_size_limit = 67108864;
  `);
  transaction(db, () => createTables(db));
}

function createTables(db: DatabaseSync): void {
  const version = Number(db.prepare("PRAGMA user_version").get()?.user_version);
  if (version > MIGRATIONS.length) {
    throw new Error(`current schema is ${version}, expected ${MIGRATIONS.length}`);
  }
  for (const migration of MIGRATIONS.slice(version)) db.exec(migration);
  db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /locked|busy/i.test(message) ? "another manager uses it" : message;
}
