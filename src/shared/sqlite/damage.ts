/**
 * A file that SQLite cannot make sense of: telling it from other failures, and moving it out of the way.
 *
 * @module
 */

import { messageOf } from "../errors.ts";

/** A database file and what SQLite puts beside it. */
const COMPANIONS = ["", "-wal", "-shm"] as const;

/** True for the errors by which SQLite says that the file itself is broken. */
export function isDamage(error: unknown): boolean {
  return /malformed|not a database|unsupported file format/i.test(messageOf(error));
}

/**
 * Moves a database and its two companions away and returns the new name, such as `agent.db.damaged-20260219T202546Z`.
 *
 * @throws {Deno.errors} when a file that is there cannot be renamed
 */
export function setAside(path: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, "");
  const target = `${path}.damaged-${stamp}`;
  for (const suffix of COMPANIONS) {
    try {
      Deno.renameSync(path + suffix, target + suffix);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return target;
}
