import type { Migration } from "../../../../shared/sqlite/schema.ts";

/** The steps of the table. */
export const MIGRATIONS: readonly Migration[] = [{
  version: 1,
  up: "CREATE TABLE fim_text (key TEXT PRIMARY KEY, text BLOB NOT NULL) STRICT, WITHOUT ROWID",
}];
