/**
 * The account of each stream: where every event ever taken in is now. It is changed in the transaction that moves the events, so it
 * is exact after a crash and costs the same however long the queue is.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { lazyStatement } from "../../shared/sqlite/lazy_statement.ts";
import type { Stream } from "../../shared/protocol/wire.ts";
import type { Account, Amount } from "../../shared/protocol/stored_events.ts";

/** The columns of an account, each a pair of events and bytes. */
const POSTINGS = ["taken", "acknowledged", "dead_lettered", "dropped"] as const;

/** What can happen to events. */
type Posting = typeof POSTINGS[number];

/** What is stored of a stream, and the numbers of the oldest event that is and of the newest that ever was. */
interface StoredEvents extends Amount {
  /** One more than `newest` when nothing is stored. */
  oldest: number;
  newest: number;
}

/** Reads and writes the table `account`. Every method belongs inside a transaction, or between two. */
export class AccountStore {
  readonly #add: Record<Posting, StatementSync>;
  readonly #get: StatementSync;
  readonly #queued: StatementSync;
  readonly #replace: () => StatementSync;

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
    this.#queued = database.prepare(
      `SELECT sum(${queuedSql("events")}) AS events, sum(${queuedSql("bytes")}) AS bytes
       FROM account`,
    );
    this.#replace = lazyStatement(
      database,
      `INSERT OR REPLACE INTO account (stream, taken_events, taken_bytes, acknowledged_events,
         acknowledged_bytes) VALUES (?, ?, ?, ?, ?)`,
    );
  }

  add(stream: Stream, posting: Posting, amount: Amount): void {
    if (amount.events === 0 && amount.bytes === 0) return;
    this.#add[posting].run(amount.events, amount.bytes, stream);
  }

  /** What all streams hold together; asked after every commit. */
  queued(): Amount {
    const { events, bytes } = this.#queued.get() ?? {};
    return { events: Number(events ?? 0), bytes: Number(bytes ?? 0) };
  }

  /**
   * Brings the account of a stream in line with what is stored: what is missing there was dropped. An account that cannot be right
   * (damaged) is begun anew by the numbers: what is older than all that is stored had left, what is missing in between is lost.
   *
   * @returns how much was missing
   */
  balance(stream: Stream, { events, bytes, oldest, newest }: StoredEvents): Amount {
    const { taken, queued } = this.get(stream);
    const lost = { events: queued.events - events, bytes: queued.bytes - bytes };
    // More events stored than the account knows, or more missing than were ever numbered: then it is the account that is wrong.
    const isPlausible = this.isPlausible(stream) && lost.events >= 0 &&
      lost.events <= newest - events;
    if (isPlausible) {
      // Bytes may be off where events are not: what a row says of its own size can be what is damaged.
      if (lost.events !== 0 || lost.bytes !== 0) this.add(stream, "dropped", lost);
      return { events: lost.events, bytes: Math.max(0, lost.bytes) };
    }
    // What was taken cannot be less than what is stored, whatever a damaged row says.
    const takenBytes = Math.max(bytes, Number.isSafeInteger(taken.bytes) ? taken.bytes : 0);
    // The oldest number that is stored tells how many had left before it: batches leave from the front.
    this.#replace().run(stream, newest, takenBytes, oldest - 1, takenBytes - bytes);
    const missing = { events: newest - (oldest - 1) - events, bytes: 0 };
    this.add(stream, "dropped", missing);
    return missing;
  }

  /** False when the numbers contradict each other. */
  isPlausible(stream: Stream): boolean {
    const row = this.#get.get(stream);
    if (row === undefined) return false;
    const { queued, ...postings } = this.get(stream);
    return [queued, ...Object.values(postings)]
      .every(({ events, bytes }) => Number.isSafeInteger(events) && events >= 0 && bytes >= 0);
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

/** What was taken in and has not left. */
function queuedSql(unit: keyof Amount): string {
  const [taken, ...gone] = POSTINGS.map((posting) => `${posting}_${unit}`);
  return [taken, ...gone].join(" - ");
}
