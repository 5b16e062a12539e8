/**
 * Where each collector goes on after a restart. Changed only in the transaction that stores the events before the checkpoint.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { lazyStatement } from "../../shared/sqlite/lazy_statement.ts";
import { rowChecksum } from "./checksums.ts";
import type { CheckpointChange } from "./types.ts";

/** Reads and writes the table `checkpoint`. */
export class CheckpointStore {
  readonly #set: () => StatementSync;
  readonly #remove: StatementSync;
  readonly #list: StatementSync;

  constructor(database: DatabaseSync) {
    this.#set = lazyStatement(
      database,
      `INSERT INTO checkpoint (collector, key, value, checksum) VALUES (?, ?, ?, ?)
       ON CONFLICT (collector, key) DO UPDATE
         SET value = excluded.value, checksum = excluded.checksum`,
    );
    this.#remove = database.prepare("DELETE FROM checkpoint WHERE collector = ? AND key = ?");
    this.#list = database.prepare("SELECT key, value FROM checkpoint WHERE collector = ?");
  }

  apply(changes: readonly CheckpointChange[]): void {
    for (const { collector, key, value } of changes) {
      if (value === null) this.#remove.run(collector, key);
      else this.#set().run(collector, key, value, rowChecksum([collector, key, value]));
    }
  }

  /** The checkpoints of one collector: key to value. */
  of(collector: string): Map<string, string> {
    const rows = this.#list.all(collector) as { key: string; value: string }[];
    return new Map(rows.map(({ key, value }) => [key, value]));
  }
}
