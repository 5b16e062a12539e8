/**
 * The table `command`: one row is one command, from its receipt until it is forgotten. Every method but the reading ones is called
 * with a transaction open.
 *
 * | state      | what is in the row                                    |
 * | ---------- | ----------------------------------------------------- |
 * | `received` | action, args, time limit                              |
 * | `running`  | the same, and when it was started                     |
 * | `done`     | the result; args are gone, nobody needs them any more |
 * | `reported` | the same; the result's event is in the queue          |
 *
 * `number` rises with every command ever taken in: it is the order of receipt, also within one list.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Command } from "./types.ts";
import type { CommandResult, CommandState, JournalEntry } from "../../shared/protocol/commands.ts";

/** A transition from a state in which the command is not. */
export class WrongStateError extends Error {
  override readonly name = "WrongStateError";
}

const ENTRY = "number, document_id, action, state, code, message, data, " +
  "received_ms, started_ms, done_ms, reported_ms";

/** Reads and writes the table `command`. */
export class JournalStore {
  readonly #insert: StatementSync;
  readonly #find: StatementSync;
  readonly #inState: StatementSync;
  readonly #start: StatementSync;
  readonly #finish: StatementSync;
  readonly #report: StatementSync;
  readonly #counts: StatementSync;
  readonly #expire: StatementSync;
  readonly #newest: StatementSync;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare(
      `INSERT INTO command (document_id, action, args, timeout_ms, state, received_ms)
       VALUES (?, ?, ?, ?, 'received', ?)`,
    );
    this.#find = database.prepare(`SELECT ${ENTRY} FROM command WHERE document_id = ?`);
    this.#inState = database.prepare(
      `SELECT ${ENTRY} FROM command WHERE state = ? AND state <> 'reported' ORDER BY number`,
    );
    this.#start = database.prepare(
      `UPDATE command SET state = 'running', started_ms = ? WHERE document_id = ? AND state = 'received'
       RETURNING document_id, action, args, timeout_ms`,
    );
    this.#finish = database.prepare(
      `UPDATE command SET state = 'done', code = ?, message = ?, data = ?, done_ms = ?, args = NULL
       WHERE document_id = ? AND state = ?`,
    );
    this.#report = database.prepare(
      `UPDATE command SET state = 'reported', reported_ms = ? WHERE document_id = ? AND state = 'done'
       RETURNING ${ENTRY}`,
    );
    this.#counts = database.prepare(
      `SELECT (SELECT count(*) FROM command WHERE state <> 'reported') AS unreported,
              (SELECT count(*) FROM command WHERE state = 'reported') AS reported`,
    );
    this.#expire = database.prepare(
      `DELETE FROM command WHERE number IN (
         SELECT number FROM command WHERE state = 'reported' AND reported_ms < ? ORDER BY reported_ms, number LIMIT ?)`,
    );
    this.#newest = database.prepare(`SELECT ${ENTRY} FROM command ORDER BY number DESC LIMIT ?`);
  }

  /** A new row in state `received`. */
  insert(command: Pick<Command, "document_id"> & Partial<Command>, nowMs: number): void {
    const { document_id, action = null, args, timeout_ms = null } = command;
    const text = args === undefined ? null : JSON.stringify(args);
    this.#insert.run(document_id, action, text, timeout_ms, nowMs);
  }

  /** The row of a command, if it is known. */
  find(documentId: string): JournalEntry | undefined {
    return this.#find.get(documentId) as unknown as JournalEntry | undefined;
  }

  /** The rows in a state that is not the last, in order of receipt. */
  inState(state: Exclude<CommandState, "reported">): JournalEntry[] {
    return this.#inState.all(state) as unknown as JournalEntry[];
  }

  /** `received` → `running`; returns what is to be run. */
  start(documentId: string, nowMs: number): Command {
    const row = this.#start.get(nowMs, documentId);
    if (row === undefined) throw this.#wrongState(documentId, "running");
    return { ...row, args: JSON.parse(String(row.args)) } as unknown as Command;
  }

  /** `running` → `done`; with `from`, `received` → `done` for what is never run. */
  finish(
    documentId: string,
    { code, message, data }: CommandResult,
    { nowMs, from = "running" }: { nowMs: number; from?: "received" | "running" },
  ): void {
    const { changes } = this.#finish.run(code, message, data ?? null, nowMs, documentId, from);
    if (changes !== 1) throw this.#wrongState(documentId, "done");
  }

  /** `done` → `reported`; returns the row with its result. */
  report(documentId: string, nowMs: number): JournalEntry {
    const row = this.#report.get(nowMs, documentId);
    if (row === undefined) throw this.#wrongState(documentId, "reported");
    return row as unknown as JournalEntry;
  }

  /** How many rows there are, reported and not. */
  counts(): { reported: number; unreported: number } {
    return this.#counts.get() as unknown as { reported: number; unreported: number };
  }

  /** Removes reported rows, oldest report first: at most `limit` of those reported before `beforeMs`. Returns how many. */
  removeReported(beforeMs: number, limit: number): number {
    return Number(this.#expire.run(beforeMs, limit).changes);
  }

  /** The newest rows, newest first. */
  newest(limit: number): JournalEntry[] {
    return this.#newest.all(limit) as unknown as JournalEntry[];
  }

  #wrongState(documentId: string, to: CommandState): WrongStateError {
    const state = this.find(documentId)?.state ?? "not in the journal";
    return new WrongStateError(`Command "${documentId}" cannot become ${to}: it is ${state}`);
  }
}
