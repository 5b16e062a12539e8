/**
 * Opens `agent.db`: the queue, the batches, the checkpoints. The identity is elsewhere, on purpose: a damaged queue never
 * costs it.
 *
 * Write-ahead log; `synchronous = FULL` makes a commit survive a power cut, NORMAL only a crash of the process.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { AgentError, messageOf } from "../../shared/errors.ts";
import { createTables, SCHEMA_VERSION } from "./schema.ts";

/** What a commit survives: `full` a power cut, `normal` a crash of the process or `kill -9`. */
export type Durability = "full" | "normal";

/** Options of {@linkcode openDatabase}. */
export interface OpenOptions {
  durability: Durability;
  /** Wall clock in milliseconds, for the name of a damaged database that is set aside. */
  now: () => number;
}

/** An open database, and where the damaged one before it is now, if there was one. */
export interface OpenedDatabase {
  database: DatabaseSync;
  damaged?: { set_aside_as: string; reason: string };
}

/** Grows no further than this between checkpoints that reset it. */
const MAX_WAL_BYTES = 64 * 1024 * 1024;

/**
 * Opens the database at `path`, or makes it. A damaged one is set aside under a dated name, and a fresh one made.
 *
 * @throws {AgentError} `folder_unusable` when the file cannot be opened or written, `failed` when a newer agent wrote it
 */
export function openDatabase(path: string, options: OpenOptions): OpenedDatabase {
  try {
    return { database: open(path, options) };
  } catch (error) {
    if (!isDamage(error)) throw cannotOpen(path, error);
    const setAsideAs = setAside(path, options.now());
    return {
      database: open(path, options),
      damaged: { set_aside_as: setAsideAs, reason: messageOf(error) },
    };
  }
}

/**
 * Opens the database only to look at it, also while an agent uses it.
 *
 * @throws {AgentError} `folder_unusable` when it cannot be opened, `failed` when a newer agent wrote it or it is damaged
 */
export function openDatabaseReadOnly(path: string): DatabaseSync {
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    database.exec("PRAGMA busy_timeout = 2000");
    checkVersion(versionOf(database), path);
    return database;
  } catch (error) {
    if (isDamage(error)) {
      throw new AgentError("failed", `Queue "${path}" is damaged: ${messageOf(error)}`, {
        hint: "start the agent: it sets the file aside and begins a new one",
      });
    }
    throw cannotOpen(path, error);
  }
}

/** Whether there is a database at `path`, with its tables: while an agent starts for the first time there are none yet. */
export function databaseExists(path: string): boolean {
  try {
    if (!Deno.statSync(path).isFile) return false;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      return versionOf(database) > 0;
    } finally {
      database.close();
    }
  } catch {
    // Whoever opens it to read will say what is wrong.
    return true;
  }
}

/** True for the errors by which SQLite says that the file itself is broken. */
export function isDamage(error: unknown): boolean {
  return /malformed|not a database|unsupported file format/i.test(messageOf(error));
}

/**
 * Moves the database and its two companions away and returns the new name, such as `agent.db.damaged-20260219T202546Z`.
 */
export function setAside(path: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, "");
  const target = `${path}.damaged-${stamp}`;
  for (const suffix of ["", "-wal", "-shm"]) {
    try {
      Deno.renameSync(path + suffix, target + suffix);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return target;
}

function open(path: string, options: OpenOptions): DatabaseSync {
  createPrivateFile(path);
  const database = new DatabaseSync(path);
  try {
    configure(database, options.durability);
    prepareSchema(database, path);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** SQLite gives its companions the permissions of the database, so making it private first makes all three private. */
function createPrivateFile(path: string): void {
  Deno.openSync(path, { create: true, write: true, mode: 0o600 }).close();
}

function configure(database: DatabaseSync, durability: Durability): void {
  database.exec(`
    PRAGMA busy_timeout = 2000;
    -- Before the first write to the file; see free_space.ts.
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = ${durability === "full" ? "FULL" : "NORMAL"};
    PRAGMA journal_size_limit = ${MAX_WAL_BYTES};
    PRAGMA temp_store = MEMORY;
  `);
}

function prepareSchema(database: DatabaseSync, path: string): void {
  const version = versionOf(database);
  checkVersion(version, path);
  if (version === 0) createTables(database);
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.user_version ?? 0);
}

function checkVersion(version: number, path: string): void {
  if (version > SCHEMA_VERSION) {
    throw new AgentError(
      "failed",
      `Cannot open queue "${path}": its schema is ${version}, this agent knows ${SCHEMA_VERSION}`,
      { hint: "run the newer agent that wrote it, or move the file away" },
    );
  }
}

function cannotOpen(path: string, error: unknown): Error {
  if (error instanceof AgentError) return error;
  return new AgentError("folder_unusable", `Cannot open queue "${path}": ${messageOf(error)}`, {
    cause: error,
    hint: "check that the folder of agent.path.data exists and that this user may write to it",
  });
}
