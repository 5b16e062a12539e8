/**
 * The table `command`: one row is one command, from its receipt until it is forgotten. Every method but the reading ones is called
 * with a transaction open.
 *
 * | state      | what is in the row                                    |
 * | ---------- | ----------------------------------------------------- |
 * | `received` | action, args, time limit                              |
 * | `running`  | the same, and when it was started                     |
 * | `done`     | the result; args are gone, nobody needs them any more |
 * | `reported` | the same, and the number of the result's event; and when that had left the queue, once it has |
 *
 * `number` rises with every command ever taken in: it is the order of receipt, also within one list.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import * as z from "zod";
import { RemoteRecord } from "./remote_record.ts";
import type { Command } from "./types.ts";
import type { CommandResult, CommandState, JournalEntry } from "../../shared/protocol/commands.ts";

/** A transition from a state in which the command is not. */
export class WrongStateError extends Error {
  override readonly name = "WrongStateError";
}

const ENTRY = "number, document_id, action, state, code, message, data, " +
  "received_ms, started_ms, done_ms, reported_ms, delivered_ms";

const JSON_TEXT = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    context.addIssue("expected JSON");
    return z.NEVER;
  }
});

/** What is run as root is not taken on trust from a disk. */
const STARTED_ROW: z.ZodType<Command> = z.object({
  document_id: z.string(),
  action: z.string(),
  args: JSON_TEXT,
  timeout_ms: z.int().min(1),
  start_within_ms: z.int().min(0),
});

/** A moment: by the wall clock, and by the age of the journal. */
export interface JournalTime {
  nowMs: number;
  ageMs: number;
}

/** How long a command may wait, and since when it does, by both clocks. */
interface CommandWait {
  start_within_ms: number;
  received_ms: number;
  /** `null` in a row of an older agent. */
  received_age_ms: number | null;
  /** 1 when its sender wants to be asked before it begins. */
  confirm_start: number | null;
}

/** How many rows there are. */
interface JournalCounts {
  /** Without a result in the queue. */
  unreported: number;
  /** With a result that is in the queue still. */
  undelivered: number;
  delivered: number;
}

/**
 * The newest rows, newest first. Reads a file of any version: nobody may have started the agent since it was upgraded.
 */
export function readNewestEntries(database: DatabaseSync, limit: number): JournalEntry[] {
  const rows = database.prepare("SELECT * FROM command ORDER BY number DESC LIMIT ?").all(limit);
  return rows.map((row) => ({ delivered_ms: null, ...row })) as unknown as JournalEntry[];
}

/** Reads and writes the table `command`. */
export class JournalStore {
  /** The database whose table it is. */
  readonly database: DatabaseSync;
  /** What is kept for who owns the machine; written along. */
  readonly record: RemoteRecord;
  readonly #insert: StatementSync;
  readonly #find: StatementSync;
  readonly #wait: StatementSync;
  readonly #inState: StatementSync;
  readonly #start: StatementSync;
  readonly #noteData: StatementSync;
  readonly #finish: StatementSync;
  readonly #report: StatementSync;
  readonly #counts: StatementSync;
  readonly #noteEvent: StatementSync;
  readonly #noteUnknownEvents: StatementSync;
  readonly #deliver: StatementSync;
  readonly #expire: StatementSync;
  readonly #age: StatementSync;
  readonly #setAge: StatementSync;
  readonly #isQueued: StatementSync;

  constructor(database: DatabaseSync) {
    this.database = database;
    this.record = new RemoteRecord(database);
    this.#insert = database.prepare(
      `INSERT INTO command
         (document_id, action, args, timeout_ms, start_within_ms, confirm_start, state, received_ms,
          received_age_ms)
       VALUES (?, ?, ?, ?, ?, ?, 'received', ?, ?)`,
    );
    this.#find = database.prepare(`SELECT ${ENTRY} FROM command WHERE document_id = ?`);
    this.#wait = database.prepare(
      `SELECT coalesce(start_within_ms, timeout_ms) AS start_within_ms, received_ms, received_age_ms,
         confirm_start
       FROM command WHERE document_id = ? AND state = 'received'`,
    );
    this.#inState = database.prepare(
      `SELECT ${ENTRY} FROM command WHERE state = ? AND state <> 'reported' ORDER BY number`,
    );
    this.#start = database.prepare(
      `UPDATE command SET state = 'running', started_ms = ? WHERE document_id = ? AND state = 'received'
       RETURNING document_id, action, args, timeout_ms,
         coalesce(start_within_ms, timeout_ms) AS start_within_ms`,
    );
    this.#noteData = database.prepare(
      "UPDATE command SET data = ? WHERE document_id = ? AND state = 'running'",
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
              (SELECT count(*) FROM command
               WHERE state = 'reported' AND delivered_age_ms IS NULL) AS undelivered,
              (SELECT count(*) FROM command WHERE delivered_age_ms IS NOT NULL) AS delivered`,
    );
    this.#noteEvent = database.prepare("UPDATE command SET result_event = ? WHERE document_id = ?");
    this.#noteUnknownEvents = database.prepare(
      `UPDATE command SET result_event = ?
       WHERE state = 'reported' AND delivered_age_ms IS NULL AND result_event IS NULL`,
    );
    this.#deliver = database.prepare(
      `UPDATE command SET delivered_ms = ?, delivered_age_ms = ?
       WHERE state = 'reported' AND delivered_age_ms IS NULL AND result_event < ?`,
    );
    this.#expire = database.prepare(
      `DELETE FROM command WHERE number IN (
         SELECT number FROM command WHERE delivered_age_ms < ? ORDER BY delivered_age_ms, number LIMIT ?)`,
    );
    this.#isQueued = database.prepare(
      "SELECT 1 FROM command WHERE document_id = ? AND result_event >= ?",
    );
    this.#age = database.prepare("SELECT age_ms FROM journal_age");
    this.#setAge = database.prepare("UPDATE journal_age SET age_ms = max(age_ms, ?)");
  }

  /** A new row in state `received`. */
  insert(command: Pick<Command, "document_id"> & Partial<Command>, at: JournalTime): void {
    const { document_id, action = null, args, timeout_ms = null, start_within_ms = null } = command;
    const text = args === undefined ? null : JSON.stringify(args);
    this.#insert.run(
      document_id,
      action,
      text,
      timeout_ms,
      start_within_ms,
      command.confirm_start === true ? 1 : null,
      at.nowMs,
      Math.round(at.ageMs),
    );
    this.record.add(command, { nowMs: at.nowMs, denied: false });
  }

  /** Since when a command waits, and for how long it may; `undefined` when it does not wait. */
  wait(documentId: string): CommandWait | undefined {
    return this.#wait.get(documentId) as unknown as CommandWait | undefined;
  }

  /** The row of a command, if it is known. */
  find(documentId: string): JournalEntry | undefined {
    return this.#find.get(documentId) as unknown as JournalEntry | undefined;
  }

  /** The rows in a state that is not the last, in order of receipt. */
  inState(state: Exclude<CommandState, "reported">): JournalEntry[] {
    return this.#inState.all(state) as unknown as JournalEntry[];
  }

  /** `received` → `running`; returns what is to be run, or `undefined` when the row does not say it any more. */
  start(documentId: string, nowMs: number): Command | undefined {
    const row = this.#start.get(nowMs, documentId);
    if (row === undefined) throw this.#wrongState(documentId, "running");
    return STARTED_ROW.safeParse(row).data;
  }

  /** Notes how far a command is; nothing when it does not run. */
  noteData(documentId: string, data: string): void {
    this.#noteData.run(data, documentId);
  }

  /** `running` → `done`; with `from`, `received` → `done` for what is never run. */
  finish(
    documentId: string,
    { code, message, data }: CommandResult,
    { nowMs, from = "running" }: { nowMs: number; from?: "received" | "running" },
  ): void {
    const { changes } = this.#finish.run(code, message, data ?? null, nowMs, documentId, from);
    if (changes !== 1) throw this.#wrongState(documentId, "done");
    this.record.finish(documentId, { code, message }, nowMs);
  }

  /** `done` → `reported`; returns the row with its result. */
  report(documentId: string, nowMs: number): JournalEntry {
    const row = this.#report.get(nowMs, documentId);
    if (row === undefined) throw this.#wrongState(documentId, "reported");
    return row as unknown as JournalEntry;
  }

  /** Notes which event of the stateful stream carries a command's result; of several the newest counts. */
  noteResultEvent(documentId: string, event: number): void {
    this.#noteEvent.run(event, documentId);
  }

  /**
   * Notes as delivered what is reported and whose result's event is older than the oldest one in the queue.
   *
   * @param queued numbers of the oldest event in the queue, and of the newest ever stored: a row from before these numbers were
   *   noted counts as carried by the newest
   */
  noteDelivered(
    queued: { oldest: number; newest: number },
    at: JournalTime,
  ): void {
    this.#noteUnknownEvents.run(queued.newest);
    this.#deliver.run(at.nowMs, at.ageMs, queued.oldest);
  }

  /** True when the command's result is in the queue, whose oldest event has the number `oldest`. */
  isQueued(documentId: string, oldest: number): boolean {
    return this.#isQueued.get(documentId, oldest) !== undefined;
  }

  /** How many rows there are. */
  counts(): JournalCounts {
    return this.#counts.get() as unknown as JournalCounts;
  }

  /** Removes delivered rows, oldest delivery first: at most `limit` of those delivered before the journal's age `beforeAgeMs`. Returns how many. */
  removeDelivered(beforeAgeMs: number, limit: number): number {
    return Number(this.#expire.run(beforeAgeMs, limit).changes);
  }

  /** How long agents ran on this journal, in milliseconds, as far as it was noted. */
  age(): number {
    return Number(this.#age.get()?.age_ms ?? 0);
  }

  /** Notes the age; it never falls. */
  noteAge(ageMs: number): void {
    this.#setAge.run(ageMs);
  }

  #wrongState(documentId: string, to: CommandState): WrongStateError {
    const state = this.find(documentId)?.state ?? "not in the journal";
    return new WrongStateError(`Command "${documentId}" cannot become ${to}: it is ${state}`);
  }
}
