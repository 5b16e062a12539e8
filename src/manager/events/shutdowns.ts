/**
 * The shutdown messages of agents, the newest of them.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Stream } from "../../shared/protocol/wire.ts";

const KEPT = 1_000;

/** A shutdown message that was received. */
export interface ShutdownNotice {
  agentId: string;
  stream: Stream;
  /** Milliseconds since 1970. */
  receivedAtMs: number;
}

/** The table of shutdown messages. */
export class ShutdownTable {
  readonly #add: StatementSync;
  readonly #trim: StatementSync;
  readonly #all: StatementSync;

  constructor(db: DatabaseSync) {
    this.#add = db.prepare(
      "INSERT INTO shutdowns (agent_id, stream, received_at) VALUES (?, ?, ?)",
    );
    this.#trim = db.prepare("DELETE FROM shutdowns WHERE number <= ?");
    this.#all = db.prepare(
      "SELECT agent_id, stream, received_at FROM shutdowns ORDER BY number",
    );
  }

  /** Adds one, and removes the oldest beyond the newest 1,000. Call it inside a transaction. */
  add({ agentId, stream, receivedAtMs }: ShutdownNotice): void {
    const { lastInsertRowid } = this.#add.run(agentId, stream, receivedAtMs);
    this.#trim.run(Number(lastInsertRowid) - KEPT);
  }

  /** Oldest first. */
  list(): ShutdownNotice[] {
    return this.#all.all().map((row) => ({
      agentId: String(row.agent_id),
      stream: row.stream as Stream,
      receivedAtMs: Number(row.received_at),
    }));
  }
}
