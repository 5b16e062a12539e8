/**
 * The tables of the states, and what is missing in a scan. Every method that writes belongs inside a transaction.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { OutboxTable } from "./outbox_table.ts";
import { RefusedTable } from "./refused_table.ts";
import { type Source, SourceTable } from "./source_table.ts";
import { StateTable } from "./state_table.ts";

/** Whose states these are, and how many stateful events had been dropped when that was looked at last. */
interface StateOwner {
  agentId: string;
  droppedEvents: number;
}

const TABLES = ["state", "state_outbox", "state_missing", "state_refused", "state_source"];

/** All tables of the states in one database. */
export class StateStore {
  readonly sources: SourceTable;
  readonly states: StateTable;
  readonly outbox: OutboxTable;
  readonly refused: RefusedTable;
  readonly #database: DatabaseSync;
  readonly #addMissing: StatementSync;
  readonly #missing: StatementSync;
  readonly #removeMissing: StatementSync;
  readonly #clearMissing: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.sources = new SourceTable(database);
    this.states = new StateTable(database);
    this.outbox = new OutboxTable(database);
    this.refused = new RefusedTable(database);
    this.#addMissing = database.prepare(
      "INSERT OR IGNORE INTO state_missing (source, key) VALUES (?, ?)",
    );
    this.#missing = database.prepare(
      "SELECT key FROM state_missing WHERE source = ? ORDER BY key LIMIT ?",
    );
    this.#removeMissing = database.prepare(
      "DELETE FROM state_missing WHERE source = ? AND key = ?",
    );
    this.#clearMissing = database.prepare("DELETE FROM state_missing WHERE source = ?");
  }

  owner(): StateOwner | undefined {
    const row = this.#database.prepare("SELECT * FROM state_owner").get();
    return row && { agentId: String(row.agent_id), droppedEvents: Number(row.dropped_events) };
  }

  setOwner({ agentId, droppedEvents }: StateOwner): void {
    this.#database.exec("DELETE FROM state_owner");
    this.#database.prepare("INSERT INTO state_owner (agent_id, dropped_events) VALUES (?, ?)")
      .run(agentId, droppedEvents);
  }

  /** Forgets every state: they were another agent's. */
  forgetAll(): void {
    for (const table of TABLES) this.#database.exec(`DELETE FROM ${table}`);
  }

  /** Remembers what the scan under way has not met. */
  addMissing({ number }: Source, keys: readonly string[]): void {
    for (const key of keys) this.#addMissing.run(number, key);
  }

  /** Takes some of what was not met. */
  takeMissing({ number }: Source, limit: number): string[] {
    const keys = this.#missing.all(number, limit).map(({ key }) => String(key));
    for (const key of keys) this.#removeMissing.run(number, key);
    return keys;
  }

  clearMissing({ number }: Source): void {
    this.#clearMissing.run(number);
  }
}
