/**
 * Batches of events as people look at them.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Stream } from "../../shared/protocol/wire.ts";

/** A batch that was stored. */
export interface StoredBatch {
  /** `null` when the request had no idempotency key. */
  id: string | null;
  stream: Stream;
  events: number;
  /** Milliseconds since 1970. */
  receivedAtMs: number;
}

/** Reads the batches that are kept still. */
export class BatchViews {
  readonly #newest: StatementSync;

  constructor(db: DatabaseSync) {
    this.#newest = db.prepare(
      // Header and data lines by turns: half as many events as there are lines.
      `SELECT batch_id, stream, received_at,
         (length(lines) - length(replace(lines, char(10), '')) + 1) / 2 AS events
       FROM event_groups WHERE agent_id = ? ORDER BY last_event DESC LIMIT ?`,
    );
  }

  /** The newest batches of an agent, newest first. */
  newest(agentId: string, limit: number): StoredBatch[] {
    return this.#newest.all(agentId, limit).map((row) => ({
      id: row.batch_id === null ? null : String(row.batch_id),
      stream: row.stream as Stream,
      events: Number(row.events),
      receivedAtMs: Number(row.received_at),
    }));
  }
}
