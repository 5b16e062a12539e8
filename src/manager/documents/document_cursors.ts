/**
 * How far the documents of a node of a cluster have followed each stream of events: written in the transaction that changes them, so that
 * a node that is started again goes on there.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";

/** A stream, as it can be told from another one of its name. */
export interface StreamIdentity {
  stream: string;
  /** When it was made. */
  created: string;
}

/** The table of the places. */
export class DocumentCursors {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** The sequence of the last message that was taken; `undefined` when this very stream was never followed. */
  read({ stream, created }: StreamIdentity): number | undefined {
    const row = this.#db.prepare(
      "SELECT sequence FROM document_cursors WHERE stream = ? AND created = ?",
    ).get(stream, created);
    return row && Number(row.sequence);
  }

  /** Forgets all documents and all places, to begin with these streams. Inside a transaction. */
  beginAnew(streams: readonly StreamIdentity[]): void {
    for (const table of ["documents", "document_counts", "document_cursors"]) {
      this.#db.exec(`DELETE FROM ${table}`);
    }
    const insert = this.#db.prepare("INSERT INTO document_cursors VALUES (?, ?, 0)");
    for (const { stream, created } of streams) insert.run(stream, created);
  }

  /**
   * Moves a place on, within the transaction that takes the message. Where a message was not taken before, the place stays in front
   * of it: the next start takes it.
   */
  moveOn(stream: string, { from, to }: { from: number; to: number }): void {
    this.#db.prepare("UPDATE document_cursors SET sequence = ? WHERE stream = ? AND sequence = ?")
      .run(to, stream, from);
  }

  /** Forgets documents of agents that are no more: they were removed while nobody was here. */
  forgetUnknownAgents(): void {
    for (const table of ["documents", "document_counts"]) {
      this.#db.exec(`DELETE FROM ${table} WHERE agent_id NOT IN (SELECT id FROM agents)`);
    }
  }
}
