/**
 * Reads dead letters and the loss ledger, a page at a time.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type {
  LedgerRow,
  LetterSummary,
  QueuedEvent,
} from "../../../shared/protocol/queue_inspection.ts";
import { eventsIn } from "./event_text.ts";

const PAGE_ROWS = 500;
const SUMMARY = "id, batch_id, stream, events, bytes, status, reason, at_ms";
const NOTICES: readonly LedgerRow["notice"][] = ["open", "queued", "delivered"];

/** The dead letters, oldest first. */
export function* letters(database: DatabaseSync): Generator<LetterSummary> {
  const page = database.prepare(
    `SELECT ${SUMMARY} FROM dead_letter WHERE id > ? ORDER BY id LIMIT ${PAGE_ROWS}`,
  );
  yield* pages<LetterSummary>(page, []);
}

/** A letter; `undefined` when there is none of that number. */
export function letter(database: DatabaseSync, id: number): LetterSummary | undefined {
  return database.prepare(`SELECT ${SUMMARY} FROM dead_letter WHERE id = ?`)
    .get(id) as unknown as LetterSummary | undefined;
}

/** The events of a letter, numbered from 1. */
export function* letterEvents(
  database: DatabaseSync,
  { id, stream, at_ms: stored_ms }: LetterSummary,
): Generator<QueuedEvent> {
  const row = database.prepare("SELECT lines FROM dead_letter WHERE id = ?").get(id);
  if (row === undefined) return;
  const lines = row.lines as Uint8Array;
  yield* eventsIn({ stream, first_event: 1, stored_ms, lines, isIntact: undefined });
}

/** Entries of the loss ledger whose last loss was at `sinceMs` or later, oldest first. */
export function* losses(database: DatabaseSync, sinceMs: number): Generator<LedgerRow> {
  const page = database.prepare(
    `SELECT id, first_at_ms, last_at_ms, stream, events, bytes, reason, detail, announced
     FROM loss WHERE id > ? AND last_at_ms >= ? ORDER BY id LIMIT ${PAGE_ROWS}`,
  );
  for (const row of pages<Omit<LedgerRow, "notice"> & { announced: number }>(page, [sinceMs])) {
    const { announced, ...entry } = row;
    yield { ...entry, notice: NOTICES[announced] ?? "open" };
  }
}

/** Rows by their id, which the statement takes first. */
function* pages<T extends { id: number }>(
  page: StatementSync,
  parameters: readonly number[],
): Generator<T> {
  for (let last = 0;;) {
    const rows = page.all(last, ...parameters) as unknown as T[];
    yield* rows;
    const end = rows.at(-1);
    if (end === undefined) return;
    last = end.id;
  }
}
