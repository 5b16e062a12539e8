/**
 * The outbox: messages that wait in the database until NATS has taken them.
 *
 * A message gets its sequence number in the transaction that stores it, so numbers rise by one from
 * message to message, across restarts too. Those of a new database begin at the milliseconds of its
 * birth: also when the database was lost, a number is never given out again.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { transaction } from "../../shared/sqlite/transaction.ts";
import type { MessageKind } from "./subjects.ts";

/** A message before it has a number. */
export interface Draft {
  kind: MessageKind;
  subject: string;
  /** Makes the document; called once, with the message's number. */
  document(sequence: number): object;
}

/** A message that waits. */
export interface StoredMessage {
  sequence: number;
  kind: MessageKind;
  subject: string;
  /** JSON. */
  document: string;
}

/** Messages that are stored once their transaction is committed. */
interface Appended {
  /** How many of the oldest had to be dropped for them. */
  dropped: number;
  /** To be called once the transaction is committed: the numbers are given out then. */
  committed(): void;
}

/** What an {@linkcode Outbox} is opened with. */
interface OutboxOptions {
  /** Most messages that wait; beyond it the oldest are dropped. */
  maxMessages: number;
  /** Milliseconds since 1970. */
  nowMs: number;
}

/** The table of waiting messages. Every method is synchronous. */
export class Outbox {
  readonly #db: DatabaseSync;
  readonly #maxMessages: number;
  readonly #insert: StatementSync;
  readonly #oldest: StatementSync;
  readonly #remove: StatementSync;
  readonly #drop: StatementSync;
  #size: number;
  #lastSequence: number;
  #waiting: { sequence: number; resolve(): void }[] = [];

  constructor(db: DatabaseSync, { maxMessages, nowMs }: OutboxOptions) {
    this.#db = db;
    this.#maxMessages = maxMessages;
    this.#insert = db.prepare(
      "INSERT INTO nats_outbox (sequence, kind, subject, document) VALUES (?, ?, ?, ?)",
    );
    this.#oldest = db.prepare(
      "SELECT sequence, kind, subject, document FROM nats_outbox ORDER BY sequence LIMIT ?",
    );
    this.#remove = db.prepare("DELETE FROM nats_outbox WHERE sequence = ?");
    this.#drop = db.prepare(
      `DELETE FROM nats_outbox
       WHERE sequence IN (SELECT sequence FROM nats_outbox ORDER BY sequence LIMIT ?)`,
    );
    this.#size = Number(db.prepare("SELECT count(*) AS size FROM nats_outbox").get()?.size);
    const last = db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'nats_outbox'").get();
    // A new database begins at the time: consumers of an old one must not take its numbers for repeats.
    this.#lastSequence = Number(last?.seq ?? nowMs);
  }

  /** How many messages wait. */
  get size(): number {
    return this.#size;
  }

  /** The number given out last. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  /**
   * Stores messages and gives them their numbers, as a part of the transaction that is open, or in one of its own. Before the next
   * call, what it returns must be told that the transaction is committed, or be thrown away with it.
   *
   * @throws Error when the database cannot be written; then nothing has changed
   */
  append(drafts: readonly Draft[]): Appended {
    const first = this.#lastSequence + 1;
    const dropped = transaction(this.#db, () => {
      drafts.forEach(({ kind, subject, document }, index) => {
        const sequence = first + index;
        this.#insert.run(sequence, kind, subject, JSON.stringify(document(sequence)));
      });
      // The oldest go: what is so of an agent now matters more than what was.
      const excess = this.#size + drafts.length - this.#maxMessages;
      return excess > 0 ? Number(this.#drop.run(excess).changes) : 0;
    });
    // Not before: a transaction that is rolled back has used no numbers.
    const committed = () => {
      this.#lastSequence += drafts.length;
      this.#size += drafts.length - dropped;
      if (dropped > 0) this.#tellGone();
    };
    return { dropped, committed };
  }

  /** The oldest messages, in order, `limit` at most. */
  oldest(limit: number): StoredMessage[] {
    return this.#oldest.all(limit).map((row) => ({
      sequence: Number(row.sequence),
      kind: row.kind as MessageKind,
      subject: String(row.subject),
      document: String(row.document),
    }));
  }

  /** Removes messages; those that were dropped meanwhile don't matter. */
  remove(messages: readonly StoredMessage[]): void {
    const removed = transaction(this.#db, () => {
      let changes = 0;
      for (const { sequence } of messages) changes += Number(this.#remove.run(sequence).changes);
      return changes;
    });
    this.#size -= removed;
    this.#tellGone();
  }

  /** Resolves when no message up to `sequence` waits any more. */
  whenGone(sequence: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ sequence, resolve });
    this.#tellGone();
    return promise;
  }

  #tellGone(): void {
    if (this.#waiting.length === 0) return;
    const oldest = this.oldest(1)[0]?.sequence ?? Infinity;
    const gone = this.#waiting.filter(({ sequence }) => sequence < oldest);
    this.#waiting = this.#waiting.filter(({ sequence }) => sequence >= oldest);
    for (const { resolve } of gone) resolve();
  }
}
