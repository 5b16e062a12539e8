/**
 * A file that SQLite cannot make sense of: telling it from other failures, and moving it out of the way.
 *
 * @module
 */

import { existsSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { messageOf } from "../errors.ts";

/** A database file and what SQLite puts beside it. */
const COMPANIONS = ["", "-wal", "-shm"] as const;

/** A file of this size is checked as a whole when it is opened: that takes some milliseconds. */
const WHOLLY_CHECKED_BYTES = 32 * 1024 * 1024;

/** A check found what SQLite itself has not run into yet. */
export class DamagedDatabaseError extends Error {
  override readonly name = "DamagedDatabaseError";
}

/** True for the errors by which SQLite says that the file itself is broken, or cannot be read from the disk. */
export function isDamage(error: unknown): boolean {
  if (error instanceof DamagedDatabaseError) return true;
  return /malformed|not a database|unsupported file format/i.test(messageOf(error)) ||
    isReadError(error);
}

/**
 * Looks for damage: in all of a small file, otherwise in every table but the large ones, whose pages are found damaged when they are
 * read.
 *
 * @throws {DamagedDatabaseError} or what SQLite says
 */
export function checkDatabase(
  database: DatabaseSync,
  { largeTables, wholly = false }: { largeTables: readonly string[]; wholly?: boolean },
): void {
  const size = Number(
    database.prepare(
      "SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size",
    ).get()?.bytes,
  );
  if (wholly || size <= WHOLLY_CHECKED_BYTES) return check(database, "quick_check(1)");
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
    .map(({ name }) => String(name));
  for (const table of tables.filter((name) => !largeTables.includes(name))) {
    check(database, `quick_check("${table}")`);
  }
}

/** A name for a database that is moved away, such as `agent.db.damaged-20260219T202546Z`; none that is taken. */
export function setAsideName(path: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, "");
  const name = `${path}.damaged-${stamp}`;
  for (let number = 2;; number++) {
    const candidate = number === 2 ? name : `${name}-${number - 1}`;
    if (!existsSync(candidate)) return candidate;
  }
}

/**
 * Moves a database and its two companions away, under {@linkcode setAsideName} or another name; returns that.
 *
 * @throws {Deno.errors} when a file that is there cannot be renamed
 */
export function setAside(path: string, nowMs: number, target = setAsideName(path, nowMs)): string {
  for (const suffix of COMPANIONS) {
    try {
      Deno.renameSync(path + suffix, target + suffix);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return target;
}

function check(database: DatabaseSync, pragma: string): void {
  const [found] = database.prepare(`PRAGMA ${pragma}`).all().map((row) =>
    String(Object.values(row)[0])
  );
  if (found !== undefined && found !== "ok") {
    throw new DamagedDatabaseError(found.split("\n").join("; "));
  }
}

/** `SQLITE_IOERR_READ`, `_SHORT_READ` and `_CORRUPTFS`: the disk does not give back what it took. */
function isReadError(error: unknown): boolean {
  const code = error instanceof Error && "errcode" in error ? error.errcode : undefined;
  return code === 266 || code === 522 || code === 8458;
}
