/**
 * Where each collector goes on after a restart. Changed only in the transaction that stores the events before the checkpoint.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { lazyStatement } from "../../shared/sqlite/lazy_statement.ts";
import { rowChecksum } from "./checksums.ts";
import type { CheckpointChange } from "./types.ts";

interface StoredCheckpoint {
  collector: string;
  key: string;
  value: string;
  checksum: number | null;
}

/** Reads and writes the table `checkpoint`. */
export class CheckpointStore {
  readonly #set: () => StatementSync;
  readonly #all: () => StatementSync;
  readonly #remove: StatementSync;
  readonly #list: StatementSync;

  constructor(database: DatabaseSync) {
    this.#set = lazyStatement(
      database,
      `INSERT INTO checkpoint (collector, key, value, checksum) VALUES (?, ?, ?, ?)
       ON CONFLICT (collector, key) DO UPDATE
         SET value = excluded.value, checksum = excluded.checksum`,
    );
    this.#all = lazyStatement(database, "SELECT collector, key, value, checksum FROM checkpoint");
    this.#remove = database.prepare("DELETE FROM checkpoint WHERE collector = ? AND key = ?");
    this.#list = database.prepare("SELECT key, value FROM checkpoint WHERE collector = ?");
  }

  apply(changes: readonly CheckpointChange[]): void {
    for (const { collector, key, value } of changes) {
      if (value === null) this.#remove.run(collector, key);
      else this.#set().run(collector, key, value, rowChecksum([collector, key, value]));
    }
  }

  /** The checkpoints that are not what they were. */
  damaged(): { collector: string; key: string }[] {
    const rows = this.#all().all() as unknown as StoredCheckpoint[];
    return rows.filter(({ collector, key, value, checksum }) =>
      checksum !== null && checksum !== rowChecksum([collector, key, value])
    );
  }

  /** The checkpoints of one collector: key to value. */
  of(collector: string): Map<string, string> {
    const rows = this.#list.all(collector) as { key: string; value: string }[];
    return new Map(rows.map(({ key, value }) => [key, value]));
  }
}
