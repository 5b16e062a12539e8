/**
 * Events that are promised and not in the queue yet, by document. Every method that writes belongs inside a transaction.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { bytesOf, idOf } from "./state_table.ts";

/** What happens to a document. */
export type Operation = "create" | "update" | "delete";

/** A promised event. */
export interface OutboxRow {
  id: string;
  key: string;
  operation: Operation;
}

/** Reads and writes the table `state_outbox`. */
export class OutboxTable {
  readonly #get: StatementSync;
  readonly #next: StatementSync;
  readonly #last: StatementSync;
  readonly #sources: StatementSync;
  readonly #count: StatementSync;
  readonly #put: StatementSync;
  readonly #promise: StatementSync;
  readonly #remove: StatementSync;

  constructor(database: DatabaseSync) {
    const columns = "id, key, operation";
    this.#get = database.prepare(
      `SELECT ${columns} FROM state_outbox WHERE source = ? AND id = ?`,
    );
    this.#next = database.prepare(
      `SELECT ${columns} FROM state_outbox WHERE source = ? ORDER BY id LIMIT ?`,
    );
    this.#last = database.prepare(
      `SELECT ${columns} FROM state_outbox WHERE source = ? ORDER BY id DESC LIMIT 1`,
    );
    // A step a source, however many rows there are.
    this.#sources = database.prepare(
      "SELECT min(source) AS source FROM state_outbox WHERE source > ?",
    );
    this.#count = database.prepare("SELECT count(*) AS count FROM state_outbox WHERE source = ?");
    this.#put = database.prepare(
      `INSERT INTO state_outbox (source, id, key, operation) VALUES (?, ?, ?, ?)
       ON CONFLICT (source, id) DO UPDATE SET key = excluded.key, operation = excluded.operation`,
    );
    this.#promise = database.prepare(
      `INSERT INTO state_outbox (source, id, key, operation) VALUES (?, ?, ?, ?)
       ON CONFLICT (source, id) DO UPDATE SET key = excluded.key,
         operation = iif(operation = 'create', 'create', 'update')`,
    );
    this.#remove = database.prepare("DELETE FROM state_outbox WHERE source = ? AND id = ?");
  }

  get(source: number, id: string): OutboxRow | undefined {
    const row = this.#get.get(source, bytesOf(id));
    return row && rowOf(row);
  }

  /** The next ones of a source. */
  next(source: number, limit: number): OutboxRow[] {
    return this.#next.all(source, limit).map(rowOf);
  }

  /** The one that comes last. */
  last(source: number): OutboxRow | undefined {
    const row = this.#last.get(source);
    return row && rowOf(row);
  }

  /** Numbers of the sources of which something is promised. */
  sources(): number[] {
    const found: number[] = [];
    for (let after = -1;;) {
      const source = this.#sources.get(after)?.source;
      if (typeof source !== "number") return found;
      found.push(after = source);
    }
  }

  count(source: number): number {
    return Number(this.#count.get(source)?.count ?? 0);
  }

  put(source: number, { id, key, operation }: OutboxRow): void {
    this.#put.run(source, bytesOf(id), key, operation);
  }

  /** Puts what there is of a document: one step for what {@linkcode mergeOperations} says of `create` and `update`. */
  promise(source: number, { id, key, operation }: OutboxRow): void {
    this.#promise.run(source, bytesOf(id), key, operation);
  }

  remove(source: number, id: string): void {
    this.#remove.run(source, bytesOf(id));
  }
}

/**
 * What is to be said of a document after two changes of which the first was not said yet; `undefined` when nothing is: the server never
 * heard of it.
 */
export function mergeOperations(first: Operation, then: Operation): Operation | undefined {
  if (then === "delete") return first === "create" ? undefined : "delete";
  if (first === "create") return "create";
  // After a delete the server may have it or not: an update that finds nothing is sent again as create.
  return "update";
}

function rowOf(row: Record<string, unknown>): OutboxRow {
  return { id: idOf(row.id), key: String(row.key), operation: row.operation as Operation };
}
