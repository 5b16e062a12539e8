/**
 * Opens a database file: private to its user, with a write-ahead log, its tables brought up to date.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { createOwnFile, requireOwnFile } from "../files/private_file.ts";
import { checkVersions, migrate } from "./migrate.ts";
import type { Schema } from "./schema.ts";

/** What a commit survives: `full` a power cut, `normal` a crash of the process or `kill -9`. */
export type Durability = "full" | "normal";

/** Options of {@linkcode openDatabaseFile}. */
interface OpenFileOptions {
  schema: Schema;
  /** @default "full" */
  durability?: Durability;
  /** No other process may open the file meanwhile, not even to read. @default false */
  exclusive?: boolean;
  /** Free pages can be cut off the file's end in small steps (`auto_vacuum = INCREMENTAL`). Counts only for a new file. @default false */
  shrinkable?: boolean;
}

/** The write-ahead log is cut to this size when a checkpoint resets it. */
const MAX_WAL_BYTES: number = 64 * 1024 * 1024;

/** How long a statement waits for another process, in milliseconds. */
const BUSY_TIMEOUT_MS = 2_000;

/**
 * Opens the file at `path` (or `:memory:`), or makes it (mode 0600), and runs pending migrations.
 *
 * @throws {AgentError} `database_unusable` when a newer program wrote it, `folder_unusable` when a link or the like stands in its place
 * @throws what SQLite or the file system says, or a migration; then the file is closed again
 */
export function openDatabaseFile(path: string, options: OpenFileOptions): DatabaseSync {
  if (path !== ":memory:") {
    createOwnFile(path);
    requireOwnCompanions(path);
  }
  return opened(new DatabaseSync(path), (database) => {
    configure(database, options);
    migrate(database, options.schema);
  });
}

/**
 * Opens an existing file only to look at it, also while its program uses it. Its tables may be of an older version: nobody may have
 * started the program since it was upgraded, so a reader keeps to columns that every version has.
 *
 * @throws {AgentError} `database_unusable` when a newer program wrote it, `folder_unusable` when a link or the like stands in its place
 * @throws what SQLite says
 */
export function openDatabaseFileReadOnly(path: string, schema: Schema): DatabaseSync {
  requireOwnFile(path);
  requireOwnCompanions(path);
  return opened(new DatabaseSync(path, { readOnly: true }), (database) => {
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    checkVersions(database, schema);
  });
}

/**
 * SQLite opens its log and the log's index by their names, and gives them the permissions of the database: that is private, so all
 * three are.
 */
function requireOwnCompanions(path: string): void {
  // The room of the log may have a second name: see disk_reserve.ts of the queue.
  requireOwnFile(`${path}-wal`, { maxNames: 2 });
  requireOwnFile(`${path}-shm`);
}

function opened(database: DatabaseSync, prepare: (database: DatabaseSync) => void): DatabaseSync {
  try {
    prepare(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function configure(database: DatabaseSync, options: OpenFileOptions): void {
  const { durability = "full", exclusive = false, shrinkable = false } = options;
  database.exec(`
    PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS};
    ${exclusive ? "PRAGMA locking_mode = EXCLUSIVE;" : ""}
    ${shrinkable ? "PRAGMA auto_vacuum = INCREMENTAL;" : "-- Counts only before the first write."}
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = ${durability === "full" ? "FULL" : "NORMAL"};
    PRAGMA journal_size_limit = ${MAX_WAL_BYTES};
    PRAGMA temp_store = MEMORY;
  `);
}
