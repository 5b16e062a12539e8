/**
 * What happened to modules over all starts of the agent, in `agent.db`.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type { SchemaPart } from "../../../shared/sqlite/schema.ts";
import type { Figures } from "./figures.ts";

const FIRST = `
  CREATE TABLE module_history (
    module    TEXT NOT NULL,
    -- empty for the module itself
    collector TEXT NOT NULL,
    figure    TEXT NOT NULL,
    value     REAL NOT NULL,
    PRIMARY KEY (module, collector, figure)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE module_history_begin (at_ms INTEGER NOT NULL) STRICT;`;

/** The tables. */
export const HISTORY_SCHEMA: SchemaPart = {
  name: "module_history",
  migrations: [{ version: 1, up: FIRST }],
};

/** Figures of a module, or of one of its collectors. */
export interface HistoryRow {
  module: string;
  /** Empty for the module itself. */
  collector: string;
  figures: Figures;
}

/** All that is stored, and since when it has been counted; `undefined` before the first save. */
export function readHistory(
  database: DatabaseSync,
): { beginMs: number | undefined; rows: HistoryRow[] } {
  const begin = database.prepare("SELECT min(at_ms) AS at_ms FROM module_history_begin").get();
  const rows = new Map<string, HistoryRow>();
  for (const row of database.prepare("SELECT * FROM module_history").all()) {
    const [module, collector] = [String(row.module), String(row.collector)];
    const key = JSON.stringify([module, collector]);
    const known = rows.get(key) ?? { module, collector, figures: {} };
    rows.set(key, {
      ...known,
      figures: { ...known.figures, [String(row.figure)]: Number(row.value) },
    });
  }
  const beginMs = typeof begin?.at_ms === "number" ? begin.at_ms : undefined;
  return { beginMs, rows: [...rows.values()] };
}

/** Stores figures in the place of those before. Belongs inside a transaction. */
export function writeHistory(
  database: DatabaseSync,
  { beginMs, rows }: { beginMs: number; rows: readonly HistoryRow[] },
): void {
  database.prepare(
    "INSERT INTO module_history_begin SELECT ? WHERE NOT EXISTS (SELECT 1 FROM module_history_begin)",
  ).run(beginMs);
  const put = database.prepare("INSERT OR REPLACE INTO module_history VALUES (?, ?, ?, ?)");
  for (const { module, collector, figures } of rows) {
    for (const [figure, value] of Object.entries(figures)) {
      put.run(module, collector, figure, value);
    }
  }
}
