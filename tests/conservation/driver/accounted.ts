/**
 * What an agent says of the lines that it could not deliver: the loss ledger and the dead letters of its database.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { chunkTable } from "../../../src/agent/queue/schema.ts";
import { LINE_BYTES, readNumberedLine } from "./numbered_line.ts";

/** A row of the loss ledger. */
export interface LedgerEntry {
  reason: string;
  detail: string;
  events: number;
  bytes: number;
}

/** What became of lines that did not arrive, by what its database says. */
export interface Accounted {
  ledger: LedgerEntry[];
  /** Lines in dead letters, by program: the numbers. */
  dead: Map<string, number[]>;
}

/** Reads the database of an agent that has stopped. */
export function readAccounted(databasePath: string): Accounted {
  const database = new DatabaseSync(databasePath, { readOnly: true });
  try {
    return {
      ledger: readLedger(database),
      dead: readDeadLetters(database),
    };
  } finally {
    database.close();
  }
}

/** Events of the log collectors' stream that wait in the database of an agent, running or not; 0 where that cannot be told. */
export function queuedEvents(databasePath: string): number {
  try {
    const database = new DatabaseSync(databasePath, { readOnly: true });
    try {
      const row = database.prepare(`SELECT sum(events) AS events FROM ${chunkTable("stateless")}`)
        .get();
      return Number(row?.events ?? 0);
    } finally {
      database.close();
    }
  } catch {
    return 0;
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
