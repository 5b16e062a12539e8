/**
 * What was told last of each thing. Every method that writes belongs inside a transaction.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";

/** A thing as it was told last. */
export interface StateRow {
  key: string;
  /** Lower-case hex. */
  id: string;
  digest: Uint8Array;
  /** Text: the document. Bytes: what the module makes it of. */
  data: string | Uint8Array;
  changedMs: number;
  /** How often it has changed, from 1. */
  version: number;
}

/** Keys from `from` on, before `until`. */
interface KeyRange {
  from: string;
  until: string;
}

/** As much of a row as a comparison needs. */
export interface StateMark {
  key: string;
  digest: Uint8Array;
}

const STATE_ID = /^[0-9a-f]{40}$/;
const COLUMNS = "key, id, digest, data, changed_ms, version";

/** Reads and writes the table `state`. */
export class StateTable {
  readonly #get: StatementSync;
  readonly #page: StatementSync;
  readonly #marks: StatementSync;
  readonly #range: StatementSync;
  readonly #byId: StatementSync;
  readonly #count: StatementSync;
  readonly #add: StatementSync;
  readonly #put: StatementSync;
  readonly #setData: StatementSync;
  readonly #remove: StatementSync;
  #rowsRead = 0;

  constructor(database: DatabaseSync) {
    this.#get = database.prepare(`SELECT ${COLUMNS} FROM state WHERE source = ? AND key = ?`);
    this.#page = database.prepare(
      `SELECT ${COLUMNS} FROM state WHERE source = ? AND key > ? ORDER BY key LIMIT ?`,
    );
    this.#marks = database.prepare(
      "SELECT key, digest FROM state WHERE source = ? AND key > ? ORDER BY key LIMIT ?",
    );
    this.#range = database.prepare(
      `SELECT ${COLUMNS} FROM state WHERE source = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?`,
    );
    this.#byId = database.prepare("SELECT key FROM state WHERE source = ? AND id = ? LIMIT 1");
    this.#count = database.prepare("SELECT count(*) AS count FROM state WHERE source = ?");
    this.#add = database.prepare(
      `INSERT OR IGNORE INTO state (source, key, id, digest, data, changed_ms, version)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#put = database.prepare(
      `INSERT INTO state (source, key, id, digest, data, changed_ms, version)
       VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (source, key) DO UPDATE SET id = excluded.id, digest = excluded.digest,
         data = excluded.data, changed_ms = excluded.changed_ms, version = excluded.version`,
    );
    this.#setData = database.prepare("UPDATE state SET data = ? WHERE source = ? AND key = ?");
    this.#remove = database.prepare("DELETE FROM state WHERE source = ? AND key = ?");
  }

  /** Rows that were read in pages so far: what that makes garbage of, nobody sees by the events. */
  get rowsRead(): number {
    return this.#rowsRead;
  }

  get(source: number, key: string): StateRow | undefined {
    const row = this.#get.get(source, key);
    return row && rowOf(row);
  }

  /** Up to `limit` rows whose keys come after `afterKey`, in order. */
  page(source: number, afterKey: string, limit: number): StateRow[] {
    return this.#counted(this.#page.all(source, afterKey, limit)).map(rowOf);
  }

  /** Up to `limit` rows whose keys lie in a range, in order. */
  range(source: number, { from, until }: KeyRange, limit: number): StateRow[] {
    return this.#counted(this.#range.all(source, from, until, limit)).map(rowOf);
  }

  /** {@linkcode page} with what a comparison needs. */
  marks(source: number, afterKey: string, limit: number): StateMark[] {
    return this.#counted(this.#marks.all(source, afterKey, limit)) as unknown as StateMark[];
  }

  /** The key of a document; walks the source, so for what is rare. */
  keyOf(source: number, id: string): string | undefined {
    if (!isStateId(id)) return undefined;
    const row = this.#byId.get(source, bytesOf(id));
    return row && String(row.key);
  }

  count(source: number): number {
    return Number(this.#count.get(source)?.count ?? 0);
  }

  /** False, and nothing is changed, when there is one under its key. */
  add(source: number, { key, id, digest, data, changedMs, version }: StateRow): boolean {
    const { changes } = this.#add.run(source, key, bytesOf(id), digest, data, changedMs, version);
    return changes === 1;
  }

  put(source: number, { key, id, digest, data, changedMs, version }: StateRow): void {
    this.#put.run(source, key, bytesOf(id), digest, data, changedMs, version);
  }

  /** What the module keeps changed, and nothing of the document. */
  setData(source: number, key: string, data: string | Uint8Array): void {
    this.#setData.run(data, source, key);
  }

  remove(source: number, key: string): void {
    this.#remove.run(source, key);
  }

  #counted<Row>(rows: Row[]): Row[] {
    this.#rowsRead += rows.length;
    return rows;
  }
}

/** Whether a document's id is one that a state can have. */
export function isStateId(id: string): boolean {
  return STATE_ID.test(id);
}

/** The bytes of an id, as it is stored. */
export function bytesOf(id: string): Uint8Array {
  return Uint8Array.fromHex(id);
}

/** The id that such bytes are. */
export function idOf(bytes: unknown): string {
  return (bytes as Uint8Array).toHex();
}

function rowOf(row: Record<string, unknown>): StateRow {
  return {
    key: String(row.key),
    id: idOf(row.id),
    digest: row.digest as Uint8Array,
    data: row.data as string | Uint8Array,
    changedMs: Number(row.changed_ms),
    version: Number(row.version),
  };
}
