/**
 * Responses as others are told of them.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type { ResponseReport, ResponsesStatus } from "../../shared/protocol/responses.ts";
import { type ClockMark, wallMsOf } from "./response_clock.ts";
import { ResponseStore, type StoredResponse } from "./response_store.ts";

const MOST_FAILING = 10;
const MOST_LISTED = 50_000;

/** One response, at the moment `mark`. */
export function reportOf(row: StoredResponse, mark: ClockMark): ResponseReport {
  const { key, name, state, subject, document_id, attempts, failure } = row;
  const { enabled_ms, expires_age_ms, due_age_ms } = row;
  const at = (ageMs: number | null) => ageMs === null ? null : isoOf(wallMsOf(ageMs, mark));
  return {
    ...{ key, name, state, source: subject?.source ?? null, user: subject?.user ?? null },
    document_id,
    enabled_at: enabled_ms === null ? null : isoOf(enabled_ms),
    expires_at: at(expires_age_ms),
    ...{ attempts, failure },
    next_try_at: attempts === 0 ? null : at(due_age_ms),
  };
}

/** How many there are, and which cannot be reverted. */
export function statusOf(store: ResponseStore, mark: ClockMark): ResponsesStatus {
  const { enabling, active, reverting } = store.counts();
  const failing = reverting === 0 ? [] : store.failing(MOST_FAILING).map((row) => {
    const { key, name, attempts, failure, next_try_at } = reportOf(row, mark);
    return { key, name, attempts, failure, next_try_at };
  });
  return { active: enabling + active, reverting, failing };
}

/**
 * What stands in a database that perhaps no agent uses, in the order in which it is due; nothing in one that is older than the table.
 * Times are told as they were when the tables were last written.
 */
export function readResponses(database: DatabaseSync): ResponseReport[] {
  const store = storeIn(database);
  const mark = store?.mark();
  if (store === undefined || mark === undefined) return [];
  return store.list({ limit: MOST_LISTED }).map((row) => reportOf(row, mark));
}

/** The same as {@linkcode statusOf}; `undefined` for a database that is older than the table. */
export function readResponsesStatus(database: DatabaseSync): ResponsesStatus | undefined {
  const store = storeIn(database);
  const mark = store?.mark() ?? { age_ms: 0, wall_ms: 0 };
  return store && statusOf(store, mark);
}

function storeIn(database: DatabaseSync): ResponseStore | undefined {
  const table = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'response_clock'").get();
  return table === undefined ? undefined : new ResponseStore(database);
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
