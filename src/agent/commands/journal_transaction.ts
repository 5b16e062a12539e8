/**
 * What the steps of a command have in common: the transaction that also holds the queue, and the event of a result in it.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type { AnsweredCommand } from "./journal_outcomes.ts";
import type { JournalStore } from "./journal_store.ts";
import { encodeResult } from "./result_event.ts";

/** An open transaction of the database that holds both the journal and the queue. */
export interface JournalTransaction {
  database: DatabaseSync;
  append(group: { stream: "stateful"; events: readonly string[] }): { last_event: number };
  /** Numbers of the oldest event in the stateful queue (one more than the newest when it is empty), and of the newest ever stored. */
  queued(stream: "stateful"): { oldest: number; newest: number };
}

/** What the journal needs of the queue. */
export interface JournalQueue {
  /** Runs `write` in a transaction and resolves once it is committed. */
  transact<T>(write: (transaction: JournalTransaction) => T): Promise<T>;
}

/** A transaction with the journal's own table in it. */
export interface OpenJournal {
  store: JournalStore;
  transaction: JournalTransaction;
}

/** `done` → `reported`: the result's event goes into the queue in the same transaction. */
export function reportResult(
  documentId: string,
  { nowMs, ...open }: OpenJournal & { nowMs: number },
): void {
  appendResult(open.store.report(documentId, nowMs), open);
}

/** Puts a result's event into the queue and notes its number, by which it is known when it has left. */
export function appendResult(
  row: Parameters<typeof encodeResult>[0],
  { store, transaction }: OpenJournal,
): void {
  const events = [encodeResult(row)];
  const { last_event } = transaction.append({ stream: "stateful", events });
  store.noteResultEvent(row.document_id, last_event);
}

/** What others are told of a command. */
export function answeredCommand(
  { document_id, action }: { document_id: string; action: string | null },
): AnsweredCommand {
  return { document_id, action: action ?? "" };
}
