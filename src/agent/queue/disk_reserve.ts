/**
 * Room on the disk that is the queue's own, so that what leaves the queue can be recorded when nothing is free.
 *
 * Removing events needs room first: SQLite appends the change to the write-ahead log, and the log can begin anew only once all that is
 * in it fits into the database file. Two things provide it:
 *
 * - **the log is made long**, and SQLite uses it again and again from its beginning: changes that do not make the file longer never need
 *   the disk. Zeros behind the last commit are no frames, so nobody reads them as such;
 * - **a reserve file** of the same size: given back when the disk is full all the same (what is in the log makes the file longer), and
 *   taken again when there is room. At a stop SQLite removes the log; its room becomes the reserve, and at the next start the log again.
 *
 * @module
 */

import { existsSync, statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";

/** Most bytes of the reserve and, again, of the log: what fits into 1,000 pages, after which SQLite empties the log. */
const MAX_BYTES = 5_000_000;
/** Of a small disk each takes only so much. */
const SHARE = 1 / 16;
const MIN_BYTES = 512 * 1024;
/** Written piece by piece: not zeros, which some file systems store as nothing. */
const PIECE = 64 * 1024;
const PAGE_BYTES = 4_096;
const LOG_HEADER_BYTES = 32;
/** For the log's index, the lock file and the like. */
const SPARE_BYTES = 32 * PAGE_BYTES;

/** The reserve beside one database. */
export class DiskReserve {
  readonly #path: string;
  readonly #bytes: number;

  /** @param totalBytes size of the disk */
  constructor(databasePath: string, totalBytes: number) {
    this.#path = databasePath;
    this.#bytes = Math.floor(Math.min(MAX_BYTES, Math.max(MIN_BYTES, totalBytes * SHARE)));
  }

  /** Bytes of the reserve file; the log is made as long. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Makes the log long and takes the reserve, as far as they are not. Call it when there is room for both. */
  keep(): void {
    lengthen(`${this.#path}-wal`, this.#bytes);
    // A reserve that had been the log is a little shorter; writing it anew would gain nothing.
    if (sizeOf(this.#file) >= this.#bytes - SPARE_BYTES) return;
    this.release();
    try {
      using file = Deno.openSync(this.#file, { write: true, createNew: true, mode: 0o600 });
      appendBytes(file, crypto.getRandomValues(new Uint8Array(PIECE)), this.#bytes);
    } catch {
      this.release();
    }
  }

  /**
   * Before the database is opened: the reserve becomes its log, but for a little that the log's index and others need. What is in it
   * is made unreadable first: it may be an old log.
   */
  becomeLog(): void {
    const log = `${this.#path}-wal`;
    // With a log there, that one is needed; without a database, there is nothing to log for.
    if (sizeOf(this.#file) < 2 * SPARE_BYTES || existsSync(log) || !existsSync(this.#path)) return;
    try {
      {
        using file = Deno.openSync(this.#file, { read: true, write: true });
        // Zeros are no header of a log: SQLite begins anew and never replays what once was in here.
        file.writeSync(new Uint8Array(LOG_HEADER_BYTES));
        file.truncateSync(sizeOf(this.#file) - SPARE_BYTES);
        // A power failure after the rename must not find the old header under the new name.
        file.syncDataSync();
      }
      Deno.renameSync(this.#file, log);
    } catch {
      this.release();
    }
  }

  /**
   * Before the database is closed: takes over the log's room, by a second name for the same file, since what a file system frees may
   * not be to be had at once. Where there are no such names, nothing is taken.
   */
  takeOverLog(): void {
    const log = `${this.#path}-wal`;
    // What is kept already is worth more than what the log would give.
    if (sizeOf(this.#file) >= sizeOf(log)) return;
    this.release();
    try {
      Deno.linkSync(log, this.#file);
    } catch {
      // A file system without links.
    }
  }

  /** Gives the room back to the disk. True when there was some. */
  release(): boolean {
    try {
      Deno.removeSync(this.#file);
      return true;
    } catch {
      return false;
    }
  }

  /** Has SQLite empty the log before it would have to grow. */
  limitLog(database: DatabaseSync): void {
    // Below 8 pages SQLite would checkpoint at nearly every commit.
    const pages = Math.max(8, Math.floor((this.#bytes * 0.8) / PAGE_BYTES));
    database.exec(`PRAGMA wal_autocheckpoint = ${Math.min(1_000, pages)}`);
  }

  get #file(): string {
    return `${this.#path}-reserve`;
  }
}

/** Makes an existing file so long, if there is room. */
function lengthen(path: string, bytes: number): void {
  const missing = bytes - SPARE_BYTES - sizeOf(path);
  if (missing <= 0 || !existsSync(path)) return;
  try {
    using file = Deno.openSync(path, { append: true });
    appendBytes(file, new Uint8Array(PIECE), missing);
  } catch {
    // It grows when there is room again.
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function appendBytes(file: Deno.FsFile, piece: Uint8Array, count: number): void {
  for (let left = count; left > 0;) left -= file.writeSync(piece.subarray(0, left));
}
