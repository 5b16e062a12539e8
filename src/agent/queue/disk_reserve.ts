/**
 * Room on the disk that is the queue's own, so that what leaves the queue can be recorded when nothing is free.
 *
 * Removing events needs room first: SQLite appends the change to the write-ahead log, and the log can begin anew only once all that is
 * in it fits into the database file. Two things provide it:
 *
 * - **the log is made long at once**, and SQLite uses it again and again from its beginning: changes that do not make the file longer never
 *   need the disk. Zeros behind the last commit are no frames, so nobody reads them as such;
 * - **a reserve file** of the same size: given back when the disk is full all the same (at a start the log is not there yet; or what
 *   is in the log makes the file longer), and taken again when there is room.
 *
 * @module
 */

import { existsSync, statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";

/** Most bytes of the reserve and, again, of the log: what fits into 1,000 pages, after which SQLite empties the log. */
const MAX_BYTES = 5_000_000;
/** Of a small disk each takes only so much. */
const SHARE = 1 / 16;
const MIN_BYTES = 64 * 1024;
/** Written piece by piece: not zeros, which some file systems store as nothing. */
const PIECE = 64 * 1024;
const PAGE_BYTES = 4_096;

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

  /** True while the reserve file is there. */
  get isHeld(): boolean {
    return existsSync(this.#file);
  }

  /** Takes the room again, if all of it is to be had. */
  take(): void {
    if (this.isHeld) return;
    try {
      using file = Deno.openSync(this.#file, { write: true, createNew: true, mode: 0o600 });
      appendBytes(file, crypto.getRandomValues(new Uint8Array(PIECE)), this.#bytes);
    } catch {
      this.release();
    }
  }

  /**
   * Takes over the log's room before SQLite removes it, by a second name for the same file: what a file system frees may not be
   * to be had at once. Where there are no such names, {@linkcode take} does what it can after the log is gone.
   */
  takeOverLog(): void {
    if (this.isHeld) return;
    try {
      Deno.linkSync(`${this.#path}-wal`, this.#file);
    } catch {
      // No log, or a file system without links.
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

  /** Makes the write-ahead log of an open database long, and has SQLite empty it before it would have to grow. */
  lengthenLog(database: DatabaseSync): void {
    const pages = Math.max(8, Math.floor((this.#bytes * 0.8) / PAGE_BYTES));
    database.exec(`PRAGMA wal_autocheckpoint = ${Math.min(1_000, pages)}`);
    const log = `${this.#path}-wal`;
    if (!existsSync(log)) return;
    try {
      using file = Deno.openSync(log, { append: true });
      appendBytes(file, new Uint8Array(PIECE), this.#bytes - statSync(log).size);
    } catch {
      // No room now; the log grows when there is.
    }
  }

  get #file(): string {
    return `${this.#path}-reserve`;
  }
}

/** True for the errors by which SQLite and the system say that nothing more fits on the disk. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && /disk is full|no space left|ENOSPC|quota/i.test(error.message);
}

function appendBytes(file: Deno.FsFile, piece: Uint8Array, count: number): void {
  for (let left = count; left > 0;) left -= file.writeSync(piece.subarray(0, left));
}
