/**
 * Opens `agent.db`: the queue, the batches, the checkpoints, and the tables of other parts of the agent. The identity is elsewhere,
 * on purpose: a damaged queue never costs it.
 *
 * Write-ahead log; `synchronous = FULL` makes a commit survive a power cut, NORMAL only a crash of the process.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { AgentError, messageOf } from "../../shared/errors.ts";
import { isDamage, setAside } from "../../shared/sqlite/damage.ts";
import { userVersionOf } from "../../shared/sqlite/migrate.ts";
import {
  type Durability,
  openDatabaseFile,
  openDatabaseFileReadOnly,
} from "../../shared/sqlite/open.ts";
import type { SchemaPart } from "../../shared/sqlite/schema.ts";
import { databaseSchema } from "./schema.ts";

/** Options of {@linkcode openDatabase}. */
interface OpenOptions {
  durability: Durability;
  /** Tables that live beside the queue's own. */
  parts: readonly SchemaPart[];
  /** Wall clock in milliseconds, for the name of a damaged database that is set aside. */
  now: () => number;
}

/** An open database, and where the damaged one before it is now, if there was one. */
export interface OpenedDatabase {
  database: DatabaseSync;
  damaged?: { set_aside_as: string; reason: string };
}

/**
 * Opens the database at `path`, or makes it; an older one is upgraded. A damaged one is set aside under a dated name, and a fresh one
 * made.
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
 * Opens the database only to look at it, also while an agent uses it, and also when it is of an older version that no agent has
 * upgraded yet.
 *
 * @throws {AgentError} `folder_unusable` when it cannot be opened, `failed` when a newer agent wrote it or it is damaged
 */
export function openDatabaseReadOnly(
  path: string,
  parts: readonly SchemaPart[] = [],
): DatabaseSync {
  try {
    return openDatabaseFileReadOnly(path, databaseSchema(parts));
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
      return userVersionOf(database) > 0;
    } finally {
      database.close();
    }
  } catch {
    // Whoever opens it to read will say what is wrong.
    return true;
  }
}

function open(path: string, { durability, parts }: OpenOptions): DatabaseSync {
  // Space that an outage needed is given back: see free_space.ts.
  return openDatabaseFile(path, { schema: databaseSchema(parts), durability, shrinkable: true });
}

function cannotOpen(path: string, error: unknown): Error {
  if (error instanceof AgentError) return error;
  return new AgentError("folder_unusable", `Cannot open queue "${path}": ${messageOf(error)}`, {
    cause: error,
    hint: "check that the folder of agent.path.data exists and that this user may write to it",
  });
}
