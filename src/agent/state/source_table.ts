/**
 * The collectors whose states are kept: how each stands with the server. Every method that writes belongs inside a transaction.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";

/** A collector of a module. */
export interface Source {
  number: number;
  module: string;
  collector: string;
  /** A scan has been complete: from then on people are told of changes. */
  isScanned: boolean;
  /** The server has taken an event of it: its events may share a request with others. */
  isKnown: boolean;
  /** Wall clock; 0 when it is not paused. */
  pausedUntilMs: number;
  /** How long the last pause was. */
  pauseMs: number;
  pauseReason: string | undefined;
  /** Its documents stay at the server while it is turned off. */
  isKept: boolean;
}

/** What can change of a source. */
type SourceChange = Partial<Omit<Source, "number" | "module" | "collector">>;

/** Reads and writes the table `state_source`. */
export class SourceTable {
  readonly #all: StatementSync;
  readonly #find: StatementSync;
  readonly #add: StatementSync;
  readonly #update: StatementSync;

  constructor(database: DatabaseSync) {
    this.#all = database.prepare("SELECT * FROM state_source ORDER BY number");
    this.#find = database.prepare("SELECT * FROM state_source WHERE module = ? AND collector = ?");
    this.#add = database.prepare(
      "INSERT OR IGNORE INTO state_source (module, collector) VALUES (?, ?)",
    );
    this.#update = database.prepare(
      `UPDATE state_source SET is_scanned = ?, is_known = ?, paused_until_ms = ?, pause_ms = ?,
         pause_reason = ?, is_kept = ? WHERE number = ?`,
    );
  }

  list(): Source[] {
    return this.#all.all().map(sourceOf);
  }

  find(module: string, collector: string): Source | undefined {
    const row = this.#find.get(module, collector);
    return row && sourceOf(row);
  }

  /** The source of this name, made when there is none. */
  require(module: string, collector: string): Source {
    const known = this.find(module, collector);
    if (known !== undefined) return known;
    this.#add.run(module, collector);
    return this.find(module, collector) as Source;
  }

  update(source: Source, change: SourceChange): void {
    const next = { ...source, ...change };
    this.#update.run(
      Number(next.isScanned),
      Number(next.isKnown),
      next.pausedUntilMs,
      next.pauseMs,
      next.pauseReason ?? null,
      Number(next.isKept),
      source.number,
    );
  }
}

function sourceOf(row: Record<string, unknown>): Source {
  return {
    number: Number(row.number),
    module: String(row.module),
    collector: String(row.collector),
    isScanned: row.is_scanned === 1,
    isKnown: row.is_known === 1,
    pausedUntilMs: Number(row.paused_until_ms),
    pauseMs: Number(row.pause_ms),
    pauseReason: row.pause_reason === null ? undefined : String(row.pause_reason),
    isKept: row.is_kept === 1,
  };
}
