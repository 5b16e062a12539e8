/**
 * What people have done with dead letters: sent again, or given up. All of an order happens, in one transaction, or nothing.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { AgentError } from "../../shared/errors.ts";
import type {
  LetterChange,
  LetterOrder,
  LetterSelection,
} from "../../shared/protocol/queue_inspection.ts";
import type { Amount } from "../../shared/protocol/stored_events.ts";
import { splitEvents } from "./batch_events.ts";
import { type DeadLetter, DeadLetters } from "./dead_letters.ts";
import { LossLedger } from "./loss_ledger.ts";
import type { Queue } from "./queue.ts";
import type { QueueTransaction } from "./queue_options.ts";
import { problemOfLines } from "./stored_lines.ts";
import { STREAMS } from "./types.ts";

/** Reasons in the loss ledger. */
const GIVEN_UP = "dead letter given up by an operator";
const OUTDATED = "dead letter older than what the server was told since";

/** An order, and what it is judged by. */
interface OrderOptions {
  order: LetterOrder;
  selection: LetterSelection;
  nowMs: number;
  /**
   * Gives what tells of an encoded stateful event that it would overwrite something newer; such ones are not sent again.
   *
   * @default none would
   */
  outdated?: (database: DatabaseSync) => (lines: Uint8Array) => boolean;
}

/**
 * Carries an order out.
 *
 * - `retry` puts the events back at the end of their stream, under new numbers, to leave in new batches. They are taken in once more:
 *   the account counts them as `taken` again, since it has them as `dead_lettered` already; so it balances and never falls. Stateful
 *   ones that are outdated stay behind, and the ledger says so.
 * - `drop` removes the letters; the ledger says what was in them.
 *
 * @throws {AgentError} `failed` when a letter that is named is not there, or the queue has no room for all of them
 */
export function orderLetters(
  queue: Queue,
  { order, selection, nowMs, outdated = () => () => false }: OrderOptions,
): Promise<LetterChange> {
  return queue.transact((transaction) => {
    const letters = new DeadLetters(transaction.database, Infinity);
    const change: LetterChange = {
      letters: 0,
      events: 0,
      bytes: 0,
      outdated_events: 0,
      skipped: [],
    };
    const isOutdated = outdated(transaction.database);
    const carryOut = order === "retry"
      ? (letter: DeadLetter) => putBack(queue, letter, { transaction, change, isOutdated, nowMs })
      : (letter: DeadLetter) => giveUp(transaction, letter, nowMs);
    for (const id of selected(letters, selection)) {
      const letter = letters.get(id);
      if (letter === undefined) throw missing(`There is no dead letter ${id}`);
      const problem = carryOut(letter);
      if (problem !== undefined) change.skipped.push({ id, problem });
      else {
        letters.delete(id);
        count(change, letter);
      }
    }
    return change;
  });
}

function selected(letters: DeadLetters, selection: LetterSelection): number[] {
  const ids = [...new Set(letters.select(selection))];
  if (ids.length > 0 || !("reason" in selection)) return ids;
  throw missing(`No dead letter has a reason with ${JSON.stringify(selection.reason)} in it`);
}

/** Stores the events of a letter but those that are outdated; says why not when they cannot be sent as they are. */
function putBack(
  queue: Queue,
  { stream, events, bytes, lines, status, reason }: DeadLetter,
  { transaction: { append, database }, change, isOutdated, nowMs }: {
    transaction: QueueTransaction;
    change: LetterChange;
    isOutdated: (lines: Uint8Array) => boolean;
    nowMs: number;
  },
): string | undefined {
  const problem = problemOfLines(stream, { events, bytes, lines, last_event: 0, checksums: null });
  if (problem !== undefined) return problem;
  const all = splitEvents(stream, lines);
  const late = stream === "stateful" ? all.filter(isOutdated) : [];
  const kept = late.length === 0 ? all : all.filter((event) => !late.includes(event));
  if (late.length > 0) {
    const detail = `${status}: ${reason}`;
    const loss = { stream, events: late.length, bytes: bytesIn(late), reason: OUTDATED, detail };
    new LossLedger(database).record(loss, nowMs);
    change.outdated_events += late.length;
  }
  if (kept.length === 0) return undefined;
  requireRoom(queue, { events: kept.length, bytes: bytesIn(kept) });
  const decoder = new TextDecoder();
  append({ stream, events: kept.map((event) => decoder.decode(event)) });
  return undefined;
}

function bytesIn(events: readonly Uint8Array[]): number {
  return events.reduce((sum, { length }) => sum + length, 0);
}

/** What is put back must not make collectors wait for longer than the bounds say. */
function requireRoom(queue: Queue, amount: Amount): void {
  const used = { ...amount };
  for (const stream of STREAMS) {
    const { queued } = queue.account(stream);
    used.events += queued.events;
    used.bytes += queued.bytes;
  }
  const { max } = queue;
  if (used.events <= max.events && used.bytes <= max.bytes) return;
  throw new AgentError("failed", "The queue has no room for all of these dead letters", {
    hint: "retry fewer of them, or once some of the queue has left",
  });
}

function giveUp(
  { database }: QueueTransaction,
  { stream, events, bytes, status, reason }: DeadLetter,
  nowMs: number,
): undefined {
  const detail = `${status}: ${reason}`;
  new LossLedger(database).record({ stream, events, bytes, reason: GIVEN_UP, detail }, nowMs);
}

function count(change: LetterChange, { events, bytes }: DeadLetter): void {
  change.letters++;
  change.events += events;
  change.bytes += bytes;
}

function missing(message: string): AgentError {
  return new AgentError("failed", message, { hint: "agent dead-letters list" });
}
