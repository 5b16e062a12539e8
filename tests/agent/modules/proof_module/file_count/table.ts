/**
 * The table of `file_count`, and how it came to be.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type { Migration } from "../../../../../src/shared/sqlite/schema.ts";

export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    up: "CREATE TABLE file_count (folder TEXT PRIMARY KEY, files INTEGER NOT NULL) STRICT",
  },
  { version: 2, up: "ALTER TABLE file_count ADD COLUMN counted_ms INTEGER" },
];

/** How many files a folder had when it was counted last. */
export function lastCount(database: DatabaseSync, folder: string): number | undefined {
  const row = database.prepare("SELECT files FROM file_count WHERE folder = ?").get(folder);
  return row === undefined ? undefined : Number(row.files);
}

/** Remembers how many there are. */
export function saveCount(
  database: DatabaseSync,
  { folder, files, nowMs }: { folder: string; files: number; nowMs: number },
): void {
  database.prepare(
    `INSERT INTO file_count (folder, files, counted_ms) VALUES (?, ?, ?)
     ON CONFLICT (folder) DO UPDATE SET files = excluded.files, counted_ms = excluded.counted_ms`,
  ).run(folder, files, nowMs);
}
