/**
 * All that the manager keeps, and the one transaction that accepts events.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Stream } from "../../shared/protocol/wire.ts";
import { AgentStateTable } from "../keep_alive/agent_states.ts";
import { AgentTable } from "../agents/agents.ts";
import { type Answer, AnswerTable, type KnownAnswer, type RequestKey } from "../events/answers.ts";
import { openDatabase, transaction } from "./database.ts";
import { EventTable, type NewEventGroup } from "../events/events.ts";
import { Memberships } from "../agents/memberships.ts";

const SHUTDOWNS_KEPT = 1_000;

/** What a {@linkcode Store} is opened with. */
export interface StoreOptions {
  /** A database file, or `:memory:`. */
  path: string;
  /** How many events are kept. */
  keepEvents: number;
  /** How many idempotency keys are remembered for each agent. */
  idempotencyKeys: number;
}

/** Events to store, with what makes a repeat of them harmless. */
export interface Submission {
  group: NewEventGroup;
  /** Without one the request can't be told from another with the same events. */
  requestKey: RequestKey | undefined;
  answer: Answer;
  /** True when the agent says that it is shutting down. */
  shutdown: boolean;
}

/** A shutdown message that was received. */
export interface ShutdownNotice {
  agentId: string;
  stream: Stream;
  receivedAtMs: number;
}

/** The store. Every method is synchronous: what it says has happened is on disk. */
export class Store {
  /** For tables that other parts keep in the same database. */
  readonly database: DatabaseSync;
  readonly agents: AgentTable;
  readonly memberships: Memberships;
  readonly agentStates: AgentStateTable;
  readonly events: EventTable;
  readonly #answers: AnswerTable;
  readonly #countDuplicate: StatementSync;
  readonly #duplicates: StatementSync;
  readonly #addShutdown: StatementSync;
  readonly #trimShutdowns: StatementSync;
  readonly #shutdowns: StatementSync;

  /** @throws Error when the database cannot be opened */
  constructor({ path, keepEvents, idempotencyKeys }: StoreOptions) {
    const db = openDatabase(path);
    this.database = db;
    this.memberships = new Memberships(db);
    this.agentStates = new AgentStateTable(db);
    this.agents = new AgentTable(db, { memberships: this.memberships, states: this.agentStates });
    this.events = new EventTable(db, keepEvents);
    this.#answers = new AnswerTable(db, idempotencyKeys);
    this.#countDuplicate = db.prepare(
      `INSERT INTO counters (name, value) VALUES ('duplicates_suppressed', 1)
       ON CONFLICT (name) DO UPDATE SET value = value + 1`,
    );
    this.#duplicates = db.prepare(
      "SELECT value FROM counters WHERE name = 'duplicates_suppressed'",
    );
    this.#addShutdown = db.prepare(
      "INSERT INTO shutdowns (agent_id, stream, received_at) VALUES (?, ?, ?)",
    );
    this.#trimShutdowns = db.prepare("DELETE FROM shutdowns WHERE number <= ?");
    this.#shutdowns = db.prepare(
      "SELECT agent_id, stream, received_at FROM shutdowns ORDER BY number",
    );
  }

  /**
   * What is known of a request; a repeat is counted. Nothing may be awaited between this and
   * {@linkcode accept}.
   */
  lookUp(requestKey: RequestKey): KnownAnswer {
    const known = this.#answers.find(requestKey);
    if (known.kind === "repeat") this.#countDuplicate.run();
    return known;
  }

  /**
   * Stores events, their counts, and the answer to a repeat of them, all in one transaction, which
   * `alongside` is part of.
   */
  accept({ group, requestKey, answer, shutdown }: Submission, alongside?: () => void): void {
    transaction(this.database, () => {
      this.events.add(group);
      if (requestKey !== undefined) this.#answers.remember(requestKey, answer);
      if (shutdown) this.#noteShutdown(group);
      alongside?.();
    });
  }

  /** How many requests were repeats, whose events were not stored again. */
  duplicatesSuppressed(): number {
    return Number(this.#duplicates.get()?.value ?? 0);
  }

  /** The newest shutdown messages, oldest first. */
  shutdowns(): ShutdownNotice[] {
    return this.#shutdowns.all().map((row) => ({
      agentId: String(row.agent_id),
      stream: row.stream as Stream,
      receivedAtMs: Number(row.received_at),
    }));
  }

  /** Closes the database. */
  close(): void {
    this.database.close();
  }

  #noteShutdown({ agentId, stream, receivedAtMs }: NewEventGroup): void {
    const { lastInsertRowid } = this.#addShutdown.run(agentId, stream, receivedAtMs);
    this.#trimShutdowns.run(Number(lastInsertRowid) - SHUTDOWNS_KEPT);
  }
}
