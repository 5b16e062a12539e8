/**
 * What a server refused for good, kept for people to look at, within a bound. Every method belongs inside a transaction.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { LetterSelection } from "../../shared/protocol/queue_inspection.ts";
import { lazyStatement } from "../../shared/sqlite/lazy_statement.ts";
import type { Stream } from "../../shared/protocol/wire.ts";
import type { Amount } from "../../shared/protocol/stored_events.ts";

/** One refused piece of a batch. */
export interface DeadLetter extends Amount {
  batch_id: string;
  stream: Stream;
  /** HTTP status, or the status of the event within the answer. */
  status: number;
  reason: string;
  at_ms: number;
  lines: Uint8Array;
}

/** Reads, fills and trims the table `dead_letter`. */
export class DeadLetters {
  readonly #insert: StatementSync;
  readonly #oldest: StatementSync;
  readonly #total: StatementSync;
  readonly #delete: StatementSync;
  readonly #matching: () => StatementSync;
  readonly #get: () => StatementSync;
  readonly #correct: () => StatementSync;
  readonly #deleteOne: () => StatementSync;
  readonly #maxBytes: number;

  constructor(database: DatabaseSync, maxBytes: number) {
    this.#insert = database.prepare(
      `INSERT INTO dead_letter (batch_id, stream, events, bytes, status, reason, at_ms, lines)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#oldest = database.prepare("SELECT id, events, bytes FROM dead_letter ORDER BY id");
    this.#total = database.prepare(
      "SELECT coalesce(sum(events), 0) AS events, coalesce(sum(bytes), 0) AS bytes FROM dead_letter",
    );
    this.#delete = database.prepare("DELETE FROM dead_letter WHERE id <= ?");
    this.#matching = lazyStatement(
      database,
      "SELECT id FROM dead_letter WHERE instr(reason, ?) > 0 ORDER BY id",
    );
    this.#get = lazyStatement(
      database,
      `SELECT batch_id, stream, events, bytes, status, reason, at_ms, lines
       FROM dead_letter WHERE id = ?`,
    );
    this.#correct = lazyStatement(
      database,
      "UPDATE dead_letter SET events = ?, bytes = ? WHERE id = ?",
    );
    this.#deleteOne = lazyStatement(database, "DELETE FROM dead_letter WHERE id = ?");
    this.#maxBytes = maxBytes;
  }

  insert(letter: DeadLetter): void {
    this.#insert.run(
      letter.batch_id,
      letter.stream,
      letter.events,
      letter.bytes,
      letter.status,
      letter.reason,
      letter.at_ms,
      letter.lines,
    );
  }

  /** Numbers of the letters that are meant, oldest first. */
  select(selection: LetterSelection): number[] {
    if ("ids" in selection) return selection.ids.toSorted((a, b) => a - b);
    // Every text contains the empty one.
    const contained = "reason" in selection ? selection.reason : "";
    return this.#matching().all(contained).map(({ id }) => Number(id));
  }

  /** A letter with its lines; `undefined` when there is none of that number. */
  get(id: number): DeadLetter | undefined {
    return this.#get().get(id) as unknown as DeadLetter | undefined;
  }

  /** Has a letter say how much is in it. */
  correct(id: number, { events, bytes }: Amount): void {
    this.#correct().run(events, bytes, id);
  }

  /** Removes a letter. */
  delete(id: number): void {
    this.#deleteOne().run(id);
  }

  /** How much is kept now. */
  kept(): Amount {
    return this.#total.get() as unknown as Amount;
  }

  /** Removes the oldest until the rest is within the bound; returns what was removed. */
  trim(): Amount {
    // Counted anew each time: a total kept beside it would be one more thing to go wrong.
    let excess = this.kept().bytes - this.#maxBytes;
    const removed = { events: 0, bytes: 0 };
    let lastId = 0;
    for (const row of this.#oldest.iterate()) {
      // Left by `break`, so that the cursor closes and the DELETE below finds no open read.
      if (excess <= 0) break;
      const { id, events, bytes } = row as { id: number; events: number; bytes: number };
      lastId = id;
      excess -= bytes;
      removed.events += events;
      removed.bytes += bytes;
    }
    if (lastId > 0) this.#delete.run(lastId);
    return removed;
  }
}
