/**
 * Documents that the server refused: not sent again until they change. Every method that writes belongs inside a transaction.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";

/** A refused document. */
interface RefusedRow {
  key: string;
  digest: Uint8Array;
  reason: string;
  atMs: number;
}

/** Reads and writes the table `state_refused`. */
export class RefusedTable {
  readonly #get: StatementSync;
  readonly #newest: StatementSync;
  readonly #count: StatementSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;

  constructor(database: DatabaseSync) {
    this.#get = database.prepare("SELECT * FROM state_refused WHERE source = ? AND key = ?");
    this.#newest = database.prepare(
      "SELECT * FROM state_refused WHERE source = ? ORDER BY at_ms DESC LIMIT 1",
    );
    this.#count = database.prepare("SELECT count(*) AS count FROM state_refused WHERE source = ?");
    this.#put = database.prepare(
      `INSERT OR REPLACE INTO state_refused (source, key, digest, reason, at_ms)
       VALUES (?, ?, ?, ?, ?)`,
    );
    this.#remove = database.prepare("DELETE FROM state_refused WHERE source = ? AND key = ?");
  }

  get(source: number, key: string): RefusedRow | undefined {
    const row = this.#get.get(source, key);
    return row && rowOf(row);
  }

  /** The one that was refused last. */
  newest(source: number): RefusedRow | undefined {
    const row = this.#newest.get(source);
    return row && rowOf(row);
  }

  count(source: number): number {
    return Number(this.#count.get(source)?.count ?? 0);
  }

  put(source: number, { key, digest, reason, atMs }: RefusedRow): void {
    this.#put.run(source, key, digest, reason, atMs);
  }

  remove(source: number, key: string): void {
    this.#remove.run(source, key);
  }
}

function rowOf(row: Record<string, unknown>): RefusedRow {
  return {
    key: String(row.key),
    digest: row.digest as Uint8Array,
    reason: String(row.reason),
    atMs: Number(row.at_ms),
  };
}
