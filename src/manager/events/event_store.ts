/**
 * What is kept of events, and the one transaction that accepts them.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Stream } from "../../shared/protocol/wire.ts";
import { transaction } from "../../shared/sqlite/transaction.ts";
import { type Answer, AnswerTable, type KnownAnswer, type RequestKey } from "./answers.ts";
import { type EventGroup, EventTable, type NewEventGroup } from "./event_table.ts";
import { type ShutdownNotice, ShutdownTable } from "./shutdowns.ts";

/** How much an {@linkcode EventStore} keeps. */
export interface EventStoreOptions {
  /** How many events are kept. */
  keepEvents: number;
  /** How many idempotency keys are remembered for each agent. */
  idempotencyKeys: number;
}

/** Events to store, with what makes a repeat of them harmless. */
interface Submission {
  group: NewEventGroup;
  /** Without one the request can't be told from another with the same events. */
  requestKey: RequestKey | undefined;
  answer: Answer;
  /** True when the agent says that it is shutting down. */
  shutdown: boolean;
}

/** The events. Every method is synchronous: what it says has happened is on disk. */
export class EventStore {
  readonly #db: DatabaseSync;
  readonly #events: EventTable;
  readonly #answers: AnswerTable;
  readonly #shutdowns: ShutdownTable;
  readonly #countDuplicates: StatementSync;
  readonly #duplicates: StatementSync;
  /** What has been counted and not yet written down. */
  #uncounted = { stateless: 0, stateful: 0, repeats: 0 };

  constructor(db: DatabaseSync, { keepEvents, idempotencyKeys }: EventStoreOptions) {
    this.#db = db;
    this.#events = new EventTable(db, keepEvents);
    this.#answers = new AnswerTable(db, idempotencyKeys);
    this.#shutdowns = new ShutdownTable(db);
    this.#countDuplicates = db.prepare(
      `INSERT INTO counters (name, value) VALUES ('duplicates_suppressed', ?)
       ON CONFLICT (name) DO UPDATE SET value = value + excluded.value`,
    );
    this.#duplicates = db.prepare(
      "SELECT value FROM counters WHERE name = 'duplicates_suppressed'",
    );
  }

  /**
   * What is known of a request; a repeat is counted. Nothing may be awaited between this and
   * {@linkcode accept}: of two requests with one key both would be new.
   */
  lookUp(requestKey: RequestKey): KnownAnswer {
    const known = this.#answers.find(requestKey);
    // Counted here, where it is noticed: nothing else is written for a repeat.
    if (known.kind === "repeat") this.#countDuplicates.run(1);
    return known;
  }

  /** As {@linkcode lookUp}, for a request whose body could not be read and is therefore not compared. */
  repeatUnread(agentId: string, key: string): Answer | undefined {
    const answer = this.answerTo(agentId, key);
    if (answer !== undefined) this.#countDuplicates.run(1);
    return answer;
  }

  /** What was answered to an idempotency key of an agent, whatever it was used for. */
  answerTo(agentId: string, key: string): Answer | undefined {
    return this.#answers.answerTo(agentId, key);
  }

  /** An agent is removed. Call it inside the transaction that removes it. */
  forgetAnswers(agentId: string): void {
    this.#answers.forget(agentId);
  }

  /**
   * Stores events, their counts, and the answer to a repeat of them, all in one transaction, which
   * `alongside` is part of.
   */
  accept({ group, requestKey, answer, shutdown }: Submission, alongside?: () => void): void {
    transaction(this.#db, () => {
      this.#events.add(group);
      // With the events or not at all: else a repeat would be stored twice, or lost.
      if (requestKey !== undefined) this.#answers.remember(requestKey, answer);
      if (shutdown) this.#shutdowns.add(group);
      alongside?.();
    });
  }

  /** Counts events that are stored elsewhere. What is counted is written down by {@linkcode writeCounts}. */
  countStored({ group, shutdown }: Pick<Submission, "group" | "shutdown">): void {
    this.#uncounted[group.stream] += group.events;
    if (shutdown) this.#shutdowns.add(group);
  }

  /** Counts a request that was a repeat, as {@linkcode countStored} does. */
  countRepeat(): void {
    this.#uncounted.repeats++;
  }

  /** Writes down what has been counted of events that are stored elsewhere: not for each batch, which would cost more than the batch. */
  writeCounts(): void {
    const { stateless, stateful, repeats } = this.#uncounted;
    if (stateless + stateful + repeats === 0) return;
    transaction(this.#db, () => {
      this.#events.countOf({ stream: "stateless", events: stateless });
      this.#events.countOf({ stream: "stateful", events: stateful });
      this.#countDuplicates.run(repeats);
    });
    this.#uncounted = { stateless: 0, stateful: 0, repeats: 0 };
  }

  /** Keeps the events that come after the number that `readUpTo` gives, however old they get. */
  keepFor(readUpTo: () => number): void {
    this.#events.keepFor(readUpTo);
  }

  /** Number of all events ever stored. */
  total(): number {
    return this.#events.total() + this.#uncounted.stateless + this.#uncounted.stateful;
  }

  /** Number of all events of a stream ever stored. */
  count(stream: Stream): number {
    return this.#events.count(stream) + this.#uncounted[stream];
  }

  /** The oldest group that ends after event number `lastEvent`. */
  after(lastEvent: number): EventGroup | undefined {
    return this.#events.after(lastEvent);
  }

  /** How many requests were repeats, whose events were not stored again. */
  duplicatesSuppressed(): number {
    return Number(this.#duplicates.get()?.value ?? 0) + this.#uncounted.repeats;
  }

  /** The newest shutdown messages, oldest first. */
  shutdowns(): ShutdownNotice[] {
    return this.#shutdowns.list();
  }
}
