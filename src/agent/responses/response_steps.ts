/**
 * The steps of a response, each in one transaction with the event that tells of it: whenever the agent is killed, a response is before
 * or behind a step, and its row says which.
 *
 * A row ends in exactly one step, which removes it and tells so: {@linkcode ResponseSteps.reverted}, or
 * {@linkcode ResponseSteps.failed} where nothing was done that could be reverted.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../shared/clock.ts";
import { truncate } from "../../shared/text.ts";
import { encodeResponseNews, type ResponseNews } from "./events.ts";
import { type ClockMark, ResponseClock, wallMsOf } from "./response_clock.ts";
import { type NewResponse, ResponseStore, type StoredResponse } from "./response_store.ts";

/** An open transaction of the database that holds both the responses and the queue. */
interface ResponseTransaction {
  database: DatabaseSync;
  append(group: { stream: "stateless"; events: readonly string[] }): unknown;
}

/** What responses need of the queue. */
export interface ResponseQueue {
  /** Runs `write` in a transaction and resolves once it is committed. */
  transact<T>(write: (transaction: ResponseTransaction) => T): Promise<T>;
  /** Reads between two transactions. */
  look<T>(read: (database: DatabaseSync) => T): T;
}

/** How a run of an action ended, as far as events tell it. */
interface Told {
  message: string;
  exitCode?: number | null;
}

/** What a step is taken with. */
interface Step {
  store: ResponseStore;
  /** This moment. */
  mark: ClockMark;
  /** Tells of a row in the same transaction. */
  tell(row: Pick<StoredResponse, "name" | "subject">, news: News): void;
}

type News = Pick<ResponseNews, "action" | "reason" | "exitCode">;

const MAX_FAILURE_BYTES = 1_024;
const FIRST_RETRY_MS = 60_000;
const LONGEST_RETRY_MS = 3_600_000;
/** What the end of an agent left in the middle. */
const INTERRUPTED = "the agent ended while it was being enabled";

/** Takes the steps. */
export class ResponseSteps {
  readonly #queue: ResponseQueue;
  readonly #wall: Pick<Clock, "now" | "monotonic">;
  #clock: ResponseClock | undefined;
  #store: ResponseStore | undefined;

  constructor(queue: ResponseQueue, clock: Pick<Clock, "now" | "monotonic">) {
    this.#queue = queue;
    this.#wall = clock;
  }

  /** Reads the tables. */
  look<T>(read: (store: ResponseStore, mark: ClockMark) => T): T {
    return this.#queue.look((database) => read(this.#storeOf(database), this.#mark(database)));
  }

  /** Before anything is done: to `enabling`, in a new row or in that of a response that has not ended yet. */
  begin(row: Omit<NewResponse, "expires_age_ms" | "due_age_ms">): Promise<StoredResponse> {
    return this.#step(({ store, mark: { age_ms } }) => {
      const { duration_ms, document_id } = row;
      const expires_age_ms = duration_ms === null ? null : age_ms + duration_ms;
      const times = { duration_ms, expires_age_ms, due_age_ms: age_ms };
      const before = store.find(row.key);
      if (before === undefined) store.put({ ...row, ...times });
      else {
        const anew = { cause: null, attempts: 0, failure: null };
        store.change(before, { ...times, ...anew, state: "enabling", document_id });
      }
      return found(store, row.key);
    });
  }

  /** To `active`; what runs once has ended. */
  enabled(key: string, { message, exitCode }: Told): Promise<StoredResponse> {
    return this.#step(({ store, mark, tell }) => {
      const row = found(store, key);
      const { expires_age_ms } = row;
      if (row.enabled_ms === null) {
        const until = expires_age_ms === null
          ? "done"
          : `enabled until ${at(expires_age_ms, mark)}`;
        tell(row, { action: "response-enabled", reason: `${until} (${message})`, exitCode });
      }
      if (expires_age_ms === null) store.remove(key);
      else {
        const enabled_ms = row.enabled_ms ?? mark.wall_ms;
        store.change(row, { state: "active", enabled_ms, due_age_ms: expires_age_ms });
      }
      return row;
    });
  }

  /** It could not be enabled: to `reverting` when something of it may have been done and can be undone, else it has ended. */
  failed(
    key: string,
    { message, exitCode, isStarted }: Told & { isStarted: boolean },
  ): Promise<void> {
    return this.#step(({ store, mark, tell }) => {
      const row = found(store, key);
      // What was enabled before is to end however this try failed.
      const isUndone = row.expires_age_ms !== null && (isStarted || row.enabled_ms !== null);
      const what = isUndone ? "not enabled, and to be undone" : "not enabled";
      tell(row, { action: "response-failed", reason: `${what}: ${message}`, exitCode });
      if (!isUndone) return store.remove(key);
      const cause = `not enabled: ${truncate(message, MAX_FAILURE_BYTES)}`;
      store.change(row, { state: "reverting", due_age_ms: mark.age_ms, cause });
    });
  }

  /** Nobody is at it: the agent ended in the middle. Gives the row that is to be reverted, if it is. */
  async interrupted(key: string): Promise<StoredResponse | undefined> {
    await this.failed(key, { message: INTERRUPTED, isStarted: true });
    return this.look((store) => store.find(key));
  }

  /** Moves the end of an active response. */
  extend(
    key: string,
    { durationMs, documentId }: { durationMs: number; documentId: string },
  ): Promise<void> {
    return this.#step(({ store, mark: { age_ms } }) => {
      const expires_age_ms = age_ms + durationMs;
      const times = { expires_age_ms, due_age_ms: expires_age_ms, duration_ms: durationMs };
      store.change(found(store, key), { ...times, document_id: documentId });
    });
  }

  /** Writes down what was so before it was enabled. */
  noteBefore(key: string, before: string): Promise<void> {
    return this.#step(({ store }) => store.change(found(store, key), { before }));
  }

  /**
   * Notes what a script calls its keys. If another active response has the same, that one's end is moved, this one has ended without
   * having begun, and the other is given. Not so when this one is enabled once more: it has something to end.
   */
  claimKeys(
    key: string,
    digest: string,
    { isFirst }: { isFirst: boolean },
  ): Promise<StoredResponse | undefined> {
    return this.#step(({ store }) => {
      const row = found(store, key);
      const same = store.claimKeys(row, digest);
      if (same === undefined || !isFirst) return undefined;
      if (row.expires_age_ms !== null) {
        const { expires_age_ms, duration_ms, document_id } = row;
        const moved = { expires_age_ms, due_age_ms: expires_age_ms, duration_ms, document_id };
        store.change(same, moved);
      }
      store.remove(key);
      return found(store, same.key);
    });
  }

  /** It is to end now: to `reverting`. `undefined` when it has ended meanwhile. */
  end(key: string, cause: string): Promise<StoredResponse | undefined> {
    return this.#step(({ store, mark: { age_ms }, tell }) => {
      const row = store.find(key);
      if (row?.state === "enabling") {
        tell(row, {
          action: "response-failed",
          reason: `not enabled, and to be undone: ${INTERRUPTED}`,
        });
      }
      if (row !== undefined && row.state !== "reverting") {
        store.change(row, { state: "reverting", due_age_ms: age_ms, cause });
      }
      return store.find(key);
    });
  }

  /** It has ended. */
  reverted(row: StoredResponse, { message, exitCode }: Told): Promise<void> {
    return this.#step(({ store, tell }) => {
      const reason = `reverted (${row.cause ?? "expired"}): ${message}`;
      tell(row, { action: "response-reverted", reason, exitCode });
      store.remove(row.key);
    });
  }

  /** A reversal failed: it is tried again after 1, 2, 4 … 60 minutes. Told once. */
  reversalFailed({ key }: StoredResponse, { message, exitCode }: Told): Promise<void> {
    return this.#step(({ store, mark: { age_ms }, tell }) => {
      const row = found(store, key);
      const attempts = row.attempts + 1;
      const waitMs = Math.min(FIRST_RETRY_MS * 2 ** (attempts - 1), LONGEST_RETRY_MS);
      const failure = truncate(message, MAX_FAILURE_BYTES);
      const due_age_ms = age_ms + waitMs;
      store.change(row, { state: "reverting", attempts, failure, due_age_ms });
      if (attempts > 1) return;
      const reason = `not reverted, and tried again until it is: ${failure}`;
      tell(row, { action: "response-failed", reason, exitCode });
    });
  }

  /** Notes the clock. */
  note(): Promise<void> {
    return this.#step(() => {});
  }

  #step<T>(take: (step: Step) => T): Promise<T> {
    return this.#queue.transact((transaction) => {
      const { database } = transaction;
      const store = this.#storeOf(database);
      const mark = this.#mark(database);
      store.setMark(mark);
      const tell: Step["tell"] = ({ name, subject }, news) => {
        const event = encodeResponseNews({ name, subject, ...news, atMs: mark.wall_ms });
        transaction.append({ stream: "stateless", events: [event] });
      };
      return take({ store, mark, tell });
    });
  }

  #mark(database: DatabaseSync): ClockMark {
    this.#clock ??= new ResponseClock(this.#wall, this.#storeOf(database).mark());
    return this.#clock.mark();
  }

  #storeOf(database: DatabaseSync): ResponseStore {
    // A damaged file is replaced while the agent runs.
    if (this.#store?.database !== database) this.#store = new ResponseStore(database);
    return this.#store;
  }
}

function found(store: ResponseStore, key: string): StoredResponse {
  const row = store.find(key);
  if (row === undefined) throw new Error(`The response ${key} is not in the table any more`);
  return row;
}

function at(ageMs: number, mark: ClockMark): string {
  return new Date(wallMsOf(ageMs, mark)).toISOString();
}
