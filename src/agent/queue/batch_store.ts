/**
 * The batches that have been made and not settled. Every method belongs inside a transaction.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Stream } from "../../shared/protocol/wire.ts";
import type { Batch } from "./types.ts";

/** Reads and writes the table `batch`. */
export class BatchStore {
  readonly #insert: StatementSync;
  readonly #get: StatementSync;
  readonly #list: StatementSync;
  readonly #delete: StatementSync;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare(
      `INSERT INTO batch
         (id, stream, first_event, last_event, events, bytes, encoding, agent_line, created_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#get = database.prepare("SELECT * FROM batch WHERE id = ?");
    this.#list = database.prepare("SELECT * FROM batch WHERE stream = ? ORDER BY first_event");
    this.#delete = database.prepare("DELETE FROM batch WHERE id = ?");
  }

  insert(batch: Batch): void {
    this.#insert.run(
      batch.id,
      batch.stream,
      batch.first_event,
      batch.last_event,
      batch.events,
      batch.bytes,
      batch.encoding,
      batch.agent_line,
      batch.created_ms,
    );
  }

  get(id: string): Batch | undefined {
    return this.#get.get(id) as unknown as Batch | undefined;
  }

  /** The batches of a stream in the order of their events. */
  list(stream: Stream): Batch[] {
    return this.#list.all(stream) as unknown as Batch[];
  }

  delete(id: string): void {
    this.#delete.run(id);
  }
}
