/**
 * The table `response`: one row for each response from before it is enabled until it has ended.
 *
 * | state       | what is certain                                     | what is due                                  |
 * | ----------- | --------------------------------------------------- | -------------------------------------------- |
 * | `enabling`  | something of it may have been done                  | at once, unless somebody is at it: an agent  |
 * |             |                                                     | ended in the middle, and it is reverted      |
 * | `active`    | it was enabled, and the server was told             | its reversal, when it expires                |
 * | `reverting` | it is to end; something of that may have been done  | its reversal, again and again until it works |
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import * as z from "zod";
import type { ResponseState } from "../../shared/protocol/responses.ts";
import type { ClockMark } from "./response_clock.ts";
import { responseArgs, responseKey, type Subject } from "./response_order.ts";
import { LARGE_CHARACTERS } from "./schema.ts";

/** What carries a response out. */
export type ResponseKind = "script" | "built_in";

/** A row. */
export interface StoredResponse {
  key: string;
  name: string;
  kind: ResponseKind;
  state: ResponseState;
  /** `undefined` when the disk changed it: then nobody knows what there is to revert. */
  subject: Subject | undefined;
  /** What was so before, where the reversal needs it. */
  before: string | null;
  document_id: string;
  /** `null` for what runs once. */
  duration_ms: number | null;
  /** Wall clock. */
  enabled_ms: number | null;
  expires_age_ms: number | null;
  due_age_ms: number;
  cause: string | null;
  attempts: number;
  failure: string | null;
}

/** A row that is to be. */
export type NewResponse =
  & Pick<StoredResponse, "key" | "name" | "kind" | "document_id" | "duration_ms">
  & { subject: Subject; expires_age_ms: number | null; due_age_ms: number };

/** What of a row changes. */
type Change = Partial<
  Pick<
    StoredResponse,
    | "state"
    | "before"
    | "document_id"
    | "duration_ms"
    | "enabled_ms"
    | "expires_age_ms"
    | "due_age_ms"
    | "cause"
    | "attempts"
    | "failure"
  >
>;

const CHANGEABLE = [
  "state",
  "before",
  "document_id",
  "duration_ms",
  "enabled_ms",
  "expires_age_ms",
  "due_age_ms",
  "cause",
  "attempts",
  "failure",
] as const satisfies readonly (keyof Change)[];

const JSON_TEXT = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    context.addIssue("expected JSON");
    return z.NEVER;
  }
});

/** What is run as root is not taken on trust from a disk. */
const SUBJECT = JSON_TEXT.pipe(z.strictObject({
  source: responseArgs.shape.source,
  user: responseArgs.shape.user,
  input: responseArgs.shape.input,
}));

/** Reads and writes the tables; what writes is called with a transaction open. */
export class ResponseStore {
  /** The database whose tables these are. */
  readonly database: DatabaseSync;
  readonly #put: StatementSync;
  readonly #find: StatementSync;
  readonly #due: StatementSync;
  readonly #next: StatementSync;
  readonly #all: StatementSync;
  readonly #counts: StatementSync;
  readonly #nth: StatementSync;
  readonly #nthLarge: StatementSync;
  readonly #failing: StatementSync;
  readonly #active: StatementSync;
  readonly #change: StatementSync;
  readonly #remove: StatementSync;
  readonly #setKeys: StatementSync;
  readonly #same: StatementSync;
  readonly #mark: StatementSync;
  readonly #setMark: StatementSync;

  constructor(database: DatabaseSync) {
    this.database = database;
    this.#put = database.prepare(
      `INSERT OR REPLACE INTO response
         (key, name, kind, state, subject, document_id, duration_ms, expires_age_ms, due_age_ms)
       VALUES (?, ?, ?, 'enabling', ?, ?, ?, ?, ?)`,
    );
    this.#find = database.prepare("SELECT * FROM response WHERE key = ?");
    this.#due = database.prepare(
      "SELECT key FROM response WHERE due_age_ms <= ? ORDER BY due_age_ms, key LIMIT ?",
    );
    this.#next = database.prepare(
      "SELECT min(due_age_ms) AS due FROM response WHERE due_age_ms > ?",
    );
    this.#all = database.prepare(
      "SELECT * FROM response ORDER BY due_age_ms, key LIMIT ? OFFSET ?",
    );
    this.#counts = database.prepare("SELECT state, count(*) AS rows FROM response GROUP BY state");
    this.#nth = database.prepare("SELECT 1 FROM response ORDER BY due_age_ms LIMIT 1 OFFSET ?");
    this.#nthLarge = database.prepare(
      `SELECT 1 FROM response WHERE length(subject) > ${LARGE_CHARACTERS}
       ORDER BY due_age_ms LIMIT 1 OFFSET ?`,
    );
    this.#failing = database.prepare(
      "SELECT * FROM response WHERE attempts > 0 ORDER BY due_age_ms, key LIMIT ?",
    );
    this.#active = database.prepare(
      `SELECT * FROM response
       WHERE kind = 'built_in' AND state = 'active' AND expires_age_ms > ?`,
    );
    this.#change = database.prepare(
      `UPDATE response SET ${CHANGEABLE.map((name) => `${name} = :${name}`).join(", ")}
       WHERE key = :key`,
    );
    this.#remove = database.prepare("DELETE FROM response WHERE key = ?");
    this.#setKeys = database.prepare("UPDATE response SET script_keys = ? WHERE key = ?");
    this.#same = database.prepare(
      `SELECT * FROM response
       WHERE name = ? AND script_keys = ? AND key <> ? AND state = 'active' LIMIT 1`,
    );
    this.#mark = database.prepare("SELECT age_ms, wall_ms FROM response_clock");
    this.#setMark = database.prepare("INSERT OR REPLACE INTO response_clock VALUES (1, ?, ?)");
  }

  /** A row in state `enabling`, in the place of the one with that key. */
  put(row: NewResponse): void {
    const { key, name, kind, subject, document_id, duration_ms, expires_age_ms } = row;
    const text = JSON.stringify(subject);
    this.#put.run(
      ...[key, name, kind, text, document_id],
      ...[duration_ms, expires_age_ms, row.due_age_ms],
    );
  }

  /** The row with that key. */
  find(key: string): StoredResponse | undefined {
    const row = this.#find.get(key);
    return row && rowOf(row);
  }

  /** Keys of the rows with which something has to be done by `ageMs`, oldest first. */
  due(ageMs: number, limit: number): string[] {
    return this.#due.all(ageMs, limit).map(({ key }) => String(key));
  }

  /** When the next row after `ageMs` is due. */
  nextDue(ageMs: number): number | undefined {
    const due = this.#next.get(ageMs)?.due;
    return typeof due === "number" ? due : undefined;
  }

  /** Rows in the order in which they are due. */
  list({ limit, offset = 0 }: { limit: number; offset?: number }): StoredResponse[] {
    return this.#all.all(limit, offset).map(rowOf);
  }

  /** How many rows there are in each state. */
  counts(): Record<ResponseState, number> {
    const found = this.#counts.all().map(({ state, rows }) => [state, rows]);
    return { enabling: 0, active: 0, reverting: 0, ...Object.fromEntries(found) };
  }

  /** Those whose reversal failed, those that are tried next first. */
  failing(limit: number): StoredResponse[] {
    return this.#failing.all(limit).map(rowOf);
  }

  /** Those that are built in and to hold after `ageMs`. */
  active(ageMs: number): StoredResponse[] {
    return this.#active.all(ageMs).map(rowOf);
  }

  /** Whether there are at least so many. */
  hasAtLeast(count: number): boolean {
    return this.#nth.get(count - 1) !== undefined;
  }

  /** Whether there is no room for one more with this subject. */
  isFullFor(subject: Subject, most: { all: number; large: number }): boolean {
    if (this.hasAtLeast(most.all)) return true;
    const isLarge = JSON.stringify(subject).length > LARGE_CHARACTERS;
    return isLarge && this.#nthLarge.get(most.large - 1) !== undefined;
  }

  /** Changes a row. */
  change(row: StoredResponse, change: Change): void {
    const values = CHANGEABLE.map((
      name,
    ) => [name, change[name] === undefined ? row[name] : change[name]]);
    this.#change.run({ key: row.key, ...Object.fromEntries(values) });
  }

  /** The response has ended. */
  remove(key: string): void {
    this.#remove.run(key);
  }

  /**
   * Notes what a script calls the keys of a response, unless another active one of the same name has the same; then gives that
   * one.
   */
  claimKeys(
    { key, name }: Pick<StoredResponse, "key" | "name">,
    digest: string,
  ): StoredResponse | undefined {
    const same = this.#same.get(name, digest, key);
    if (same !== undefined) return rowOf(same);
    this.#setKeys.run(digest, key);
    return undefined;
  }

  /** What the clock was when the tables were last written. */
  mark(): ClockMark | undefined {
    return this.#mark.get() as unknown as ClockMark | undefined;
  }

  /** Notes the clock. */
  setMark({ age_ms, wall_ms }: ClockMark): void {
    this.#setMark.run(age_ms, wall_ms);
  }
}

function rowOf(row: Record<string, unknown>): StoredResponse {
  const { data } = SUBJECT.safeParse(row.subject);
  const subject = data === undefined ? undefined : subjectOf(data);
  const isRight = subject !== undefined &&
    responseKey({ name: String(row.name), ...subject }) === row.key;
  return { ...row, subject: isRight ? subject : undefined } as StoredResponse;
}

/** Without members that are not given. */
function subjectOf({ source, user, input }: z.output<typeof SUBJECT>): Subject {
  return {
    ...(source !== undefined && { source }),
    ...(user !== undefined && { user }),
    ...(input !== undefined && { input }),
  };
}
