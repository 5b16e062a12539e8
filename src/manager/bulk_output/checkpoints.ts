/**
 * How far an index has been given the events. What was sent and not written down here is sent again; the ids and versions of the
 * documents make that harmless.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { transaction } from "../../shared/sqlite/transaction.ts";
import type { RefusedEvent } from "./output_source.ts";

const KEPT_REFUSALS = 1_000;

/** How far it is. */
export interface Checkpoint {
  /** Number of the last event that is settled. */
  sentUpTo: number;
  /** Events that the index refused for good. */
  refused: number;
  /** Events that were removed before the index took them. */
  missed: number;
}

/** The checkpoint of one index. */
export class Checkpoints {
  readonly #db: DatabaseSync;
  readonly #target: string;
  readonly #find: StatementSync;
  readonly #save: StatementSync;
  readonly #refuse: StatementSync;
  readonly #trim: StatementSync;

  /** @param target which index it is */
  constructor(db: DatabaseSync, target: string) {
    this.#db = db;
    this.#target = target;
    this.#find = db.prepare(
      "SELECT sent_up_to, refused, missed FROM bulk_checkpoints WHERE target = ?",
    );
    this.#save = db.prepare("INSERT OR REPLACE INTO bulk_checkpoints VALUES (?, ?, ?, ?)");
    this.#refuse = db.prepare("INSERT OR REPLACE INTO bulk_refused VALUES (?, ?, ?, ?)");
    this.#trim = db.prepare(
      "DELETE FROM bulk_refused WHERE number <= (SELECT max(number) FROM bulk_refused) - ?",
    );
  }

  /** `undefined` for an index that was given nothing yet. */
  read(): Checkpoint | undefined {
    const row = this.#find.get(this.#target);
    return row && {
      sentUpTo: Number(row.sent_up_to),
      refused: Number(row.refused),
      missed: Number(row.missed),
    };
  }

  /** Writes it down, with what was refused on the way. */
  save({ sentUpTo, refused, missed }: Checkpoint, news: readonly RefusedEvent[], nowMs: number) {
    transaction(this.#db, () => {
      for (const { event, reason } of news) {
        this.#refuse.run(event, this.#target, nowMs, reason);
      }
      if (news.length > 0) this.#trim.run(KEPT_REFUSALS);
      this.#save.run(this.#target, sentUpTo, refused, missed);
    });
  }
}
