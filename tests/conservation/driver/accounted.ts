/**
 * What an agent says of the lines that it could not deliver: the loss ledger and the dead letters of its database.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { LINE_BYTES, readNumberedLine } from "./numbered_line.ts";

/** A row of the loss ledger. */
export interface LedgerEntry {
  reason: string;
  detail: string;
  events: number;
  bytes: number;
}

/** What became of lines that did not arrive, and what the account says of all of them. */
export interface Accounted {
  ledger: LedgerEntry[];
  /** Lines in dead letters, by program: the numbers. */
  dead: Map<string, number[]>;
  /** Streams whose account does not balance, in words. */
  imbalances: string[];
}

/** Reads the database of an agent that has stopped. */
export function readAccounted(databasePath: string): Accounted {
  const database = new DatabaseSync(databasePath, { readOnly: true });
  try {
    return {
      ledger: readLedger(database),
      dead: readDeadLetters(database),
      imbalances: readImbalances(database),
    };
  } finally {
    database.close();
  }
}

/** Lines of the program in `folder` that the ledger accounts for. */
export function ledgerLines(ledger: readonly LedgerEntry[], folder: string): number {
  return ledger.filter(({ detail }) => detail.includes(`${folder}/`))
    .reduce((sum, { events, bytes }) => sum + Math.max(events, Math.ceil(bytes / LINE_BYTES)), 0);
}

function readLedger(database: DatabaseSync): LedgerEntry[] {
  return database.prepare("SELECT reason, detail, events, bytes FROM loss").all()
    .map(({ reason, detail, events, bytes }) => ({
      reason: String(reason),
      detail: String(detail),
      events: Number(events),
      bytes: Number(bytes),
    }));
}

function readDeadLetters(database: DatabaseSync): Map<string, number[]> {
  const dead = new Map<string, number[]>();
  for (const { lines } of database.prepare("SELECT lines FROM dead_letter").iterate()) {
    const text = new TextDecoder().decode(lines as Uint8Array);
    for (const [, original] of text.matchAll(/"original":"([^"]*)"/g)) {
      const line = readNumberedLine(original ?? "");
      if (line) dead.set(line.source, [...dead.get(line.source) ?? [], line.number]);
    }
  }
  return dead;
}

/** At any moment `taken = queued + acknowledged + dead_lettered + dropped`. */
function readImbalances(database: DatabaseSync): string[] {
  return ["stateless", "stateful"].flatMap((stream) => {
    const account = database.prepare("SELECT * FROM account WHERE stream = ?").get(stream);
    const queued = database.prepare(`SELECT coalesce(sum(events), 0) AS n FROM ${stream}_chunk`)
      .get();
    const number = (name: string) => Number(account?.[name] ?? 0);
    const left = number("acknowledged_events") + number("dead_lettered_events") +
      number("dropped_events") + Number(queued?.n ?? 0);
    const taken = number("taken_events");
    return taken === left ? [] : [`${stream}: taken ${taken}, accounted for ${left}`];
  });
}
