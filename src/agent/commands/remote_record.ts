/**
 * The record of what a server had this machine do, kept on the machine itself: who, what, when, and what came of it. It is apart from
 * the journal, which forgets what it needs no more. What was refused has a bound of its own, so that it pushes out nothing that was
 * done.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { CommandResult, RemoteAction } from "../../shared/protocol/commands.ts";
import type { SchemaPart } from "../../shared/sqlite/schema.ts";
import { truncate } from "../../shared/text.ts";
import type { Command } from "./types.ts";

const MOST = { done: 10_000, denied: 1_000 };
const MOST_ARGS_BYTES = 1_024;
const MOST_MESSAGE_BYTES = 1_024;

/** The table. */
export const REMOTE_SCHEMA: SchemaPart = {
  name: "remote",
  migrations: [{
    version: 1,
    up: `
  CREATE TABLE remote_action (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id TEXT NOT NULL,
    action      TEXT,
    args        TEXT,
    source      TEXT,
    user        TEXT,
    key_id      TEXT,
    received_ms INTEGER NOT NULL,
    done_ms     INTEGER,
    code        INTEGER,
    message     TEXT,
    denied      INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX remote_action_open ON remote_action (document_id) WHERE code IS NULL;
  CREATE INDEX remote_action_denied ON remote_action (denied, number);`,
  }],
};

/** Writes the record; every method is called with a transaction open. */
export class RemoteRecord {
  readonly #insert: StatementSync;
  readonly #finish: StatementSync;
  readonly #trim: StatementSync;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare(
      `INSERT INTO remote_action
         (document_id, action, args, source, user, key_id, received_ms, denied)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#finish = database.prepare(
      `UPDATE remote_action SET code = ?, message = ?, done_ms = ?
       WHERE document_id = ? AND code IS NULL`,
    );
    this.#trim = database.prepare(
      `DELETE FROM remote_action WHERE denied = :denied AND number <= (
         SELECT number FROM remote_action WHERE denied = :denied
         ORDER BY number DESC LIMIT 1 OFFSET :most)`,
    );
  }

  /** Writes down that an order came; `denied` when it is not even begun. */
  add(
    { document_id, action, args, from = {} }: Pick<Command, "document_id"> & Partial<Command>,
    { nowMs, denied }: { nowMs: number; denied: boolean },
  ): void {
    const { source = null, user = null, key_id = null } = from;
    const text = args === undefined ? null : shown(args);
    this.#insert.run(
      document_id,
      action ?? null,
      text,
      source,
      user,
      key_id,
      nowMs,
      denied ? 1 : 0,
    );
  }

  /** Writes down what came of it. */
  finish(documentId: string, { code, message }: CommandResult, nowMs: number): void {
    this.#finish.run(code, truncate(message, MOST_MESSAGE_BYTES), nowMs, documentId);
  }

  /** Removes what is beyond the bounds. */
  trim(): void {
    this.#trim.run({ denied: 0, most: MOST.done });
    this.#trim.run({ denied: 1, most: MOST.denied });
  }
}

/** The newest rows, newest first; none in a file that is older than the table. */
export function readRemoteActions(database: DatabaseSync, limit: number): RemoteAction[] {
  const table = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'remote_action'").get();
  if (table === undefined) return [];
  const rows = database.prepare("SELECT * FROM remote_action ORDER BY number DESC LIMIT ?")
    .all(limit);
  return rows as unknown as RemoteAction[];
}

/** What a script is given on its standard input may be a secret, and is of no use here. */
function shown(args: unknown): string {
  const text = JSON.stringify(args, (key, value) => key === "input" ? "…" : value) ?? "";
  return truncate(text, MOST_ARGS_BYTES);
}
