/**
 * The loss ledger: when, from which stream, how much and why something was lost.
 *
 * A loss that nobody has been told of collects what is lost alike, so that a flood of losses stays one row. Its notice is an
 * event like any other, and may itself be dropped or refused: then the row is open again, and what it says is told later. A
 * row is closed only when the server has acknowledged its notice. Every method belongs inside a transaction.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { lazyStatement } from "../../shared/sqlite/lazy_statement.ts";
import type { Loss, LossEntry } from "./types.ts";
import type { EventRange } from "../../shared/protocol/stored_events.ts";

/** Closed rows kept for people to look at; older ones are removed. */
const MAX_CLOSED = 10_000;
/** A notice that was lost itself is not repeated before this time has passed. */
const REPEAT_AFTER_MS = 30_000;

const SAME = "ON CONFLICT (stream, reason, detail) WHERE announced = 0 DO UPDATE SET";

/** Reads and writes the table `loss`. */
export class LossLedger {
  readonly #record: StatementSync;
  readonly #open: StatementSync;
  readonly #queue: StatementSync;
  readonly #close: StatementSync;
  readonly #noticed: StatementSync;
  readonly #announced: () => StatementSync;
  readonly #remove: StatementSync;
  readonly #trim: StatementSync;

  constructor(database: DatabaseSync) {
    this.#record = database.prepare(
      `INSERT INTO loss
         (first_at_ms, last_at_ms, stream, events, bytes, reason, detail, not_before_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ${SAME} first_at_ms = min(first_at_ms, excluded.first_at_ms),
         last_at_ms = max(last_at_ms, excluded.last_at_ms), events = events + excluded.events,
         bytes = bytes + excluded.bytes, not_before_ms = max(not_before_ms, excluded.not_before_ms)`,
    );
    this.#open = database.prepare(
      "SELECT * FROM loss WHERE announced = 0 AND not_before_ms <= ? ORDER BY id LIMIT ?",
    );
    this.#queue = database.prepare("UPDATE loss SET announced = 1, notice = ? WHERE id = ?");
    this.#close = database.prepare(
      "UPDATE loss SET announced = 2 WHERE announced = 1 AND notice BETWEEN ? AND ?",
    );
    this.#noticed = database.prepare(
      "SELECT * FROM loss WHERE announced = 1 AND notice BETWEEN ? AND ?",
    );
    this.#announced = lazyStatement(database, "SELECT notice FROM loss WHERE announced = 1");
    this.#remove = database.prepare("DELETE FROM loss WHERE id = ?");
    this.#trim = database.prepare(
      `DELETE FROM loss WHERE announced = 2 AND id <= (SELECT max(id) FROM loss) - ${MAX_CLOSED}`,
    );
  }

  record(loss: Loss, nowMs: number): void {
    this.#add({ ...loss, first_at_ms: nowMs, last_at_ms: nowMs }, 0);
  }

  /** Losses whose notice may be queued now. */
  open(limit: number, nowMs: number): LossEntry[] {
    return this.#open.all(nowMs, limit) as unknown as LossEntry[];
  }

  /** The notices of `losses` are queued, one event each, in this order from `firstNotice` on. */
  noticesQueued(losses: readonly LossEntry[], firstNotice: number): void {
    losses.forEach(({ id }, index) => this.#queue.run(firstNotice + index, id));
  }

  /** The server has the stateless events in `range`: the losses they tell of are closed. */
  noticesAcknowledged(range: EventRange): void {
    if (this.#close.run(range.first_event, range.last_event).changes !== 0) this.#trim.run();
  }

  /** The stateless events in `range` will never be delivered: what they tell of must be told again. */
  noticesLost(range: EventRange, nowMs: number): void {
    const rows = this.#noticed.all(range.first_event, range.last_event);
    for (const loss of rows as unknown as LossEntry[]) {
      this.#remove.run(loss.id);
      this.#add(loss, nowMs + REPEAT_AFTER_MS);
    }
  }

  /** Opens again what is to be told by an event that is not stored any more. */
  reopenWithoutNotice(isStored: (event: number) => boolean, nowMs: number): void {
    for (const { notice } of this.#announced().all()) {
      const event = Number(notice);
      if (!isStored(event)) this.noticesLost({ first_event: event, last_event: event }, nowMs);
    }
  }

  #add(loss: Omit<LossEntry, "id">, notBeforeMs: number): void {
    const { first_at_ms, last_at_ms, stream, events, bytes, reason, detail } = loss;
    this.#record.run(first_at_ms, last_at_ms, stream, events, bytes, reason, detail, notBeforeMs);
  }
}
