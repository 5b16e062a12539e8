/**
 * Reads the states of a collector from another process, such as the child that scans for the agent.
 *
 * @module
 */

import { DatabaseSync, type StatementSync } from "node:sqlite";

/** A state as its module stored it. */
interface StoredData {
  key: string;
  data: Uint8Array;
}

const BUSY_TIMEOUT_MS = 10_000;

/** An open database; only states that are stored as bytes are given. */
export class StateReader implements Disposable {
  readonly #database: DatabaseSync;
  readonly #source: number;
  readonly #upTo: StatementSync;
  readonly #toTheEnd: StatementSync;

  /** @throws {Error} when there is no such database, or it has no states */
  constructor(path: string, { module, collector }: { module: string; collector: string }) {
    const database = this.#database = new DatabaseSync(path, { readOnly: true });
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    const row = database.prepare(
      "SELECT number FROM state_source WHERE module = ? AND collector = ?",
    ).get(module, collector);
    // A collector without a row has no states.
    this.#source = Number(row?.number ?? -1);
    const columns =
      "SELECT key, data FROM state WHERE source = ? AND typeof(data) = 'blob' AND key >= ?";
    this.#upTo = database.prepare(`${columns} AND key < ? ORDER BY key LIMIT ?`);
    this.#toTheEnd = database.prepare(`${columns} ORDER BY key LIMIT ?`);
  }

  /** Up to `limit` states whose keys lie in a range, in order; holds nothing open. */
  range({ from, until }: { from: string; until: string | undefined }, limit: number): StoredData[] {
    const rows = until === undefined
      ? this.#toTheEnd.all(this.#source, from, limit)
      : this.#upTo.all(this.#source, from, until, limit);
    return rows as unknown as StoredData[];
  }

  count(): number {
    const row = this.#database.prepare("SELECT count(*) AS count FROM state WHERE source = ?")
      .get(this.#source);
    return Number(row?.count ?? 0);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
