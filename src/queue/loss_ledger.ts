/**
 * The loss ledger: when, from which stream, how much and why something was lost. Losses alike that have not been announced
 * yet share a row, so that a flood of them stays small. Every method belongs inside a transaction.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Loss, LossEntry } from "./types.ts";

/** Announced rows kept for people to look at; older ones are removed. */
const MAX_ANNOUNCED = 10_000;

/** Reads and writes the table `loss`. */
export class LossLedger {
  readonly #record: StatementSync;
  readonly #unannounced: StatementSync;
  readonly #announce: StatementSync;
  readonly #trim: StatementSync;

  constructor(database: DatabaseSync) {
    this.#record = database.prepare(
      `INSERT INTO loss (first_at_ms, last_at_ms, stream, events, bytes, reason, detail)
       VALUES (?1, ?1, ?2, ?3, ?4, ?5, ?6)
       ON CONFLICT (stream, reason, detail) WHERE announced = 0 DO UPDATE SET
         last_at_ms = excluded.last_at_ms, events = events + excluded.events, bytes = bytes + excluded.bytes`,
    );
    this.#unannounced = database.prepare(
      "SELECT * FROM loss WHERE announced = 0 ORDER BY id LIMIT ?",
    );
    this.#announce = database.prepare("UPDATE loss SET announced = 1 WHERE id = ?");
    this.#trim = database.prepare(
      `DELETE FROM loss WHERE announced = 1 AND id <= (SELECT max(id) FROM loss) - ${MAX_ANNOUNCED}`,
    );
  }

  record(loss: Loss, nowMs: number): void {
    this.#record.run(nowMs, loss.stream, loss.events, loss.bytes, loss.reason, loss.detail);
  }

  unannounced(limit: number): LossEntry[] {
    return this.#unannounced.all(limit) as unknown as LossEntry[];
  }

  markAnnounced(entries: readonly LossEntry[]): void {
    for (const entry of entries) this.#announce.run(entry.id);
    this.#trim.run();
  }
}
