/**
 * Gives disk space back that a long queue needed and a short one does not.
 *
 * `auto_vacuum = INCREMENTAL` keeps the file so that free pages can be cut off its end in small steps; it has to be set before the
 * first table is made. `VACUUM` would need the space a second time and one long stop (1.1 s for 1 GB), and attaches a file, which
 * Deno's permissions do not allow.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Free pages that are kept: 16 MiB. */
const SPARE_PAGES = 4_096;
/**
 * Pages given back in one step: 1 to 10 ms, since SQLite has to find each page in its list of free pages, which is slow when the
 * list is long and out of order.
 */
const PAGES_A_STEP = 100;

const INCREMENTAL = 2;
const PAGE_BYTES = 4_096;

/** The free pages of a database. */
export class FreeSpace {
  readonly #freePages: StatementSync;
  readonly #allPages: StatementSync;
  readonly #cut: StatementSync;
  readonly #database: DatabaseSync;
  /** False for a file that was begun without `auto_vacuum`. */
  readonly #canShrink: boolean;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#canShrink = database.prepare("PRAGMA auto_vacuum").get()?.auto_vacuum === INCREMENTAL;
    this.#freePages = database.prepare("PRAGMA freelist_count");
    this.#allPages = database.prepare("PRAGMA page_count");
    this.#cut = database.prepare(`PRAGMA incremental_vacuum(${PAGES_A_STEP})`);
  }

  /** True when more than half of the file is free, and more than is worth keeping for the next burst. */
  get isAmple(): boolean {
    if (!this.#canShrink) return false;
    const free = Number(this.#freePages.get()?.freelist_count ?? 0);
    return free > SPARE_PAGES && 2 * free > Number(this.#allPages.get()?.page_count ?? 0);
  }

  /** Bytes that can be stored without making the file longer. */
  get bytes(): number {
    return Number(this.#freePages.get()?.freelist_count ?? 0) * PAGE_BYTES;
  }

  /** Cuts some pages off. Belongs inside a transaction. */
  giveBack(): void {
    // Each row that is taken frees one page; `run()` would stop after the first.
    this.#cut.all();
  }

  /** Makes the file on disk as short as it is by now in the write-ahead log. Belongs between two transactions. */
  shortenFile(): void {
    this.#database.exec("PRAGMA wal_checkpoint(PASSIVE)");
  }
}
