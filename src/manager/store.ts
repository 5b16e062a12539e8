/**
 * All that the manager keeps: one database, with the tables of each part.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { transaction } from "../shared/sqlite/transaction.ts";
import type { SchemaPart } from "../shared/sqlite/schema.ts";
import { AgentTable } from "./agents/agents.ts";
import { EnrollmentTable } from "./agents/enrollments.ts";
import { Memberships } from "./agents/memberships.ts";
import { openDatabase } from "./database.ts";
import { RequestViews } from "./commands/request_views.ts";
import { DocumentTable } from "./documents/document_table.ts";
import { DocumentViews } from "./documents/document_views.ts";
import { BatchViews } from "./events/batch_views.ts";
import { EventStore, type EventStoreOptions } from "./events/event_store.ts";
import { AgentStateTable } from "./keep_alive/agent_states.ts";
import { StateHistory } from "./keep_alive/state_history.ts";

const SHARED = [
  "agents",
  "memberships",
  "enrollment_tokens",
  "agent_states",
  "orders",
  "orders_archive",
  "order_commands",
  "rollouts",
  "rollout_waves",
  "rollout_agents",
];

/** What a {@linkcode Store} is opened with. */
interface StoreOptions extends EventStoreOptions {
  /** A database file, or `:memory:`. */
  path: string;
  /** Tables of a program around the manager. @default none */
  parts?: readonly SchemaPart[];
}

/** The store. Every method is synchronous: what it says has happened is on disk. */
export class Store {
  /** For parts that keep tables of their own in it. */
  readonly database: DatabaseSync;
  readonly agents: AgentTable;
  readonly enrollments: EnrollmentTable;
  readonly memberships: Memberships;
  readonly agentStates: AgentStateTable;
  readonly events: EventStore;
  readonly documents: DocumentTable;
  /** What only people look at. */
  readonly views: {
    readonly batches: BatchViews;
    readonly documents: DocumentViews;
    readonly requests: RequestViews;
    readonly states: StateHistory;
  };

  /** @throws AgentError when the database cannot be opened */
  constructor({ path, parts, ...options }: StoreOptions) {
    const db = openDatabase(path, parts);
    this.database = db;
    this.enrollments = new EnrollmentTable(db);
    this.memberships = new Memberships(db);
    this.agentStates = new AgentStateTable(db);
    this.agents = new AgentTable(db, {
      memberships: this.memberships,
      onAdded: (id, atMs) => this.agentStates.add(id, atMs),
      onRemoved: (id) => {
        this.agentStates.remove(id);
        this.events.forgetAnswers(id);
        this.documents.forget(id);
      },
    });
    this.events = new EventStore(db, options);
    this.documents = new DocumentTable(db);
    this.views = {
      batches: new BatchViews(db),
      documents: new DocumentViews(db),
      requests: new RequestViews(db),
      states: new StateHistory(db),
    };
  }

  /**
   * Forgets what several managers keep together, to be filled anew from there; documents stay, with how far they are. So commits need not be on the disk from now on: what
   * a power cut takes away is there again after the next start.
   */
  clearShared(): void {
    this.database.exec("PRAGMA synchronous = NORMAL");
    transaction(this.database, () => {
      for (const table of SHARED) this.database.exec(`DELETE FROM ${table}`);
    });
  }

  /** Size of the database, without what is not in its file yet. */
  bytes(): number {
    const row = this.database.prepare(
      "SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size",
    ).get();
    return Number(row?.bytes);
  }

  /** Closes the database. */
  close(): void {
    this.database.close();
  }
}
