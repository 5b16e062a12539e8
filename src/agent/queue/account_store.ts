/**
 * The account of each stream: where every event ever taken in is now. It is changed in the transaction that moves the events, so it
 * is exact after a crash and costs the same however long the queue is.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Stream } from "../../shared/protocol/wire.ts";
import type { Account, Amount } from "../../shared/protocol/stored_events.ts";

/** The columns of an account, each a pair of events and bytes. */
const POSTINGS = ["taken", "acknowledged", "dead_lettered", "dropped"] as const;

/** What can happen to events. */
type Posting = typeof POSTINGS[number];

/** Reads and writes the table `account`. Every method belongs inside a transaction, or between two. */
export class AccountStore {
  readonly #add: Record<Posting, StatementSync>;
  readonly #get: StatementSync;

  constructor(database: DatabaseSync) {
    const add = (posting: Posting) =>
      database.prepare(
        `UPDATE account SET ${posting}_events = ${posting}_events + ?,
           ${posting}_bytes = ${posting}_bytes + ? WHERE stream = ?`,
      );
    this.#add = {
      taken: add("taken"),
      acknowledged: add("acknowledged"),
      dead_lettered: add("dead_lettered"),
      dropped: add("dropped"),
    };
    this.#get = database.prepare("SELECT * FROM account WHERE stream = ?");
  }

  add(stream: Stream, posting: Posting, amount: Amount): void {
    this.#add[posting].run(amount.events, amount.bytes, stream);
  }

  get(stream: Stream): Account {
    const row = this.#get.get(stream) as Record<string, number> | undefined;
    const amount = (posting: Posting): Amount => ({
      events: row?.[`${posting}_events`] ?? 0,
      bytes: row?.[`${posting}_bytes`] ?? 0,
    });
    const [taken, acknowledged, dead_lettered, dropped] = POSTINGS.map(amount) as [
      Amount,
      Amount,
      Amount,
      Amount,
    ];
    const gone = [acknowledged, dead_lettered, dropped];
    const queued = {
      events: gone.reduce((left, { events }) => left - events, taken.events),
      bytes: gone.reduce((left, { bytes }) => left - bytes, taken.bytes),
    };
    return { taken, acknowledged, dead_lettered, dropped, queued };
  }
}
