/**
 * The manager's database: its schema, and how it is opened.
 *
 * - `event_groups` holds one row for the events of one request: header and data lines by turns, as
 *   `event_body.ts` leaves them. Its key counts events, not rows: a group of 10 events after 100
 *   others has `last_event` 110. So "the newest N events" is a range of the key, and the number of
 *   all events ever stored survives the removal of old rows.
 * - `answers` remembers what was answered to an idempotency key, numbered for each agent so that
 *   "the newest N" is a range too.
 * - `record_marker` says how much of the events stands in the record file, and how long the file is
 *   then. See `record.ts`.
 *
 * The file belongs to one process (`locking_mode = EXCLUSIVE`). Commits are on disk before they are
 * answered.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";

const VERSION = 1;

const SCHEMA = `
  CREATE TABLE agents (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    key_salt BLOB NOT NULL,
    key_hash BLOB NOT NULL,
    version TEXT NOT NULL,
    host TEXT NOT NULL,
    groups TEXT NOT NULL,
    registered_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE event_groups (
    last_event INTEGER PRIMARY KEY,
    received_at INTEGER NOT NULL,
    agent_id TEXT NOT NULL,
    stream TEXT NOT NULL,
    batch_id TEXT,
    lines TEXT NOT NULL
  ) STRICT;

  CREATE TABLE answers (
    agent_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    status INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (agent_id, number),
    UNIQUE (agent_id, key)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE shutdowns (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    agent_id TEXT NOT NULL,
    stream TEXT NOT NULL,
    received_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE record_marker (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    path TEXT NOT NULL,
    recorded_up_to INTEGER NOT NULL,
    file_bytes INTEGER NOT NULL
  ) STRICT;
`;

/**
 * Opens the database, and creates its tables at the first start.
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

/** Runs `work` in one transaction, which is undone when it throws. */
export function transaction<T>(db: DatabaseSync, work: () => T): T {
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
  if (version > VERSION) throw new Error(`current schema is ${version}, expected ${VERSION}`);
  if (version === VERSION) return;
  db.exec(SCHEMA);
  db.exec(`PRAGMA user_version = ${VERSION}`);
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /locked|busy/i.test(message) ? "another manager uses it" : message;
}
