/**
 * The events, and the counts of them that outlive them.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Stream } from "../../shared/protocol/wire.ts";

/** The events of one request. */
export interface NewEventGroup {
  receivedAtMs: number;
  agentId: string;
  stream: Stream;
  /** The request's idempotency key; `null` when it had none. */
  batchId: string | null;
  /** Number of events. */
  events: number;
  /** See {@linkcode EventBatch.lines}. */
  lines: string;
  /** The lines as UTF-8, where they are at hand. */
  utf8?: Uint8Array | undefined;
}

/** Events as they are stored. */
export interface EventGroup extends Omit<NewEventGroup, "events" | "utf8"> {
  /** Number of the last event of the group among all events ever stored. */
  lastEvent: number;
}

/** The table of events. */
export class EventTable {
  readonly #keep: number;
  readonly #insert: StatementSync;
  readonly #next: StatementSync;
  readonly #trim: StatementSync;
  readonly #total: StatementSync;
  readonly #count: StatementSync;
  readonly #add: StatementSync;
  #readUpTo: () => number = () => Infinity;

  /** @param keep how many events stay in the table, beside those that a reader still needs */
  constructor(db: DatabaseSync, keep: number) {
    this.#keep = keep;
    this.#insert = db.prepare(
      `INSERT INTO event_groups (last_event, received_at, agent_id, stream, batch_id, lines)
       VALUES (?, ?, ?, ?, ?, ?)`,
    );
    this.#next = db.prepare(
      `SELECT last_event, received_at, agent_id, stream, batch_id, lines
       FROM event_groups WHERE last_event > ? ORDER BY last_event LIMIT 1`,
    );
    this.#trim = db.prepare(
      "DELETE FROM event_groups WHERE last_event <= ?",
    );
    this.#total = db.prepare(
      `SELECT coalesce(sum(value), 0) AS total FROM counters
       WHERE name IN ('stateless', 'stateful')`,
    );
    this.#count = db.prepare("SELECT value FROM counters WHERE name = ?");
    this.#add = db.prepare(
      `INSERT INTO counters (name, value) VALUES (?, ?)
       ON CONFLICT (name) DO UPDATE SET value = value + excluded.value`,
    );
  }

  /** Stores a group, counts it, and removes old groups. Call it inside a transaction. */
  add(group: NewEventGroup): void {
    const lastEvent = this.total() + group.events;
    const { receivedAtMs, agentId, stream, batchId, lines } = group;
    this.#insert.run(lastEvent, receivedAtMs, agentId, stream, batchId, lines);
    this.countOf(group);
    this.#trim.run(Math.min(lastEvent - this.#keep, this.#readUpTo()));
  }

  /** Counts a group. */
  countOf({ stream, events }: Pick<NewEventGroup, "stream" | "events">): void {
    this.#add.run(stream, events);
  }

  /** Keeps the events that come after the number that `readUpTo` gives, however old they get. */
  keepFor(readUpTo: () => number): void {
    this.#readUpTo = readUpTo;
  }

  /** Number of all events ever stored. */
  total(): number {
    return Number(this.#total.get()?.total);
  }

  /** Number of all events of a stream ever stored. */
  count(stream: Stream): number {
    return Number(this.#count.get(stream)?.value ?? 0);
  }

  /** The oldest group that ends after event number `lastEvent`. */
  after(lastEvent: number): EventGroup | undefined {
    const row = this.#next.get(lastEvent);
    if (row === undefined) return undefined;
    return {
      lastEvent: Number(row.last_event),
      receivedAtMs: Number(row.received_at),
      agentId: String(row.agent_id),
      stream: row.stream as Stream,
      batchId: row.batch_id === null ? null : String(row.batch_id),
      lines: String(row.lines),
    };
  }
}
