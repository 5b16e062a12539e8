/**
 * The batches that have been made and not settled. Every method belongs inside a transaction.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Stream } from "../../shared/protocol/wire.ts";
import { lazyStatement } from "../../shared/sqlite/lazy_statement.ts";
import { rowChecksum } from "./checksums.ts";
import type { Batch } from "./types.ts";

const COLUMNS =
  "id, stream, first_event, last_event, events, bytes, encoding, agent_line, created_ms";

/** Reads and writes the table `batch`. */
export class BatchStore {
  readonly #insert: () => StatementSync;
  readonly #all: () => StatementSync;
  readonly #get: StatementSync;
  readonly #list: StatementSync;
  readonly #delete: StatementSync;

  constructor(database: DatabaseSync) {
    this.#insert = lazyStatement(
      database,
      `INSERT INTO batch (${COLUMNS}, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#all = lazyStatement(database, `SELECT ${COLUMNS}, checksum FROM batch`);
    this.#get = database.prepare(`SELECT ${COLUMNS} FROM batch WHERE id = ?`);
    this.#list = database.prepare(
      `SELECT ${COLUMNS} FROM batch WHERE stream = ? ORDER BY first_event`,
    );
    this.#delete = database.prepare("DELETE FROM batch WHERE id = ?");
  }

  insert(batch: Batch): void {
    const columns = columnsOf(batch);
    this.#insert().run(...columns, rowChecksum(columns));
  }

  get(id: string): Batch | undefined {
    return this.#get.get(id) as unknown as Batch | undefined;
  }

  /** The batches of a stream in the order of their events. */
  list(stream: Stream): Batch[] {
    return this.#list.all(stream) as unknown as Batch[];
  }

  /** The batches that are not what they were. */
  damaged(): Batch[] {
    const rows = this.#all().all() as unknown as (Batch & { checksum: number | null })[];
    return rows.filter(({ checksum, ...batch }) =>
      checksum !== null && checksum !== rowChecksum(columnsOf(batch))
    );
  }

  delete(id: string): void {
    this.#delete.run(id);
  }
}

function columnsOf(batch: Batch): (string | number)[] {
  const { id, stream, first_event, last_event, events, bytes } = batch;
  const { encoding, agent_line, created_ms } = batch;
  return [id, stream, first_event, last_event, events, bytes, encoding, agent_line, created_ms];
}
