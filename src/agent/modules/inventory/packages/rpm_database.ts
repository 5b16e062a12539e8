/**
 * Reading the SQLite database of rpm without being root.
 *
 * Its journal is a write-ahead log. SQLite reads such a database only if the log's index lies beside it or can be put there, and rpm takes
 * the index away when it ends. Who may not write there reads a copy: without a log the file alone is the whole database.
 *
 * @module
 */

import { copyFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

/** An open database, closed when disposed. */
interface ReadableDatabase extends Disposable {
  readonly database: DatabaseSync;
}

const NOT_WRITABLE = /readonly database|unable to open database/;

/**
 * Opens the database at `path`; its own files are not changed.
 *
 * @throws what SQLite says of it, or that it changed while it was copied
 */
export function openRpmDatabase(path: string): ReadableDatabase {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    // Opening alone reads nothing.
    database.prepare("SELECT 1 FROM Packages LIMIT 1").get();
    return { database, [Symbol.dispose]: () => database.close() };
  } catch (error) {
    database.close();
    if (!(error instanceof Error) || !NOT_WRITABLE.test(error.message) || hasLog(path)) throw error;
    return openCopy(path);
  }
}

/** The copy lies in a folder that only this user can look into, and is gone at the end. */
function openCopy(path: string): ReadableDatabase {
  const folder = Deno.makeTempDirSync({ prefix: "agent-rpmdb-" });
  const remove = () => Deno.removeSync(folder, { recursive: true });
  try {
    const before = stateOf(path);
    copyFileSync(path, `${folder}/copy`);
    if (hasLog(path) || stateOf(path) !== before) {
      throw new Error("it changed while it was copied");
    }
    const database = new DatabaseSync(`${folder}/copy`);
    return {
      database,
      [Symbol.dispose]() {
        database.close();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

function stateOf(path: string): string {
  const { ino, size, mtime } = Deno.statSync(path);
  return `${ino} ${size} ${mtime?.getTime()}`;
}

/** Whether there is something that is not in the file yet. */
function hasLog(path: string): boolean {
  try {
    return Deno.statSync(`${path}-wal`).size > 0;
  } catch {
    return false;
  }
}
