/**
 * The table of the record: how much of the events stands in the record file, and how long the file is then. See `record.ts`.
 *
 * @module
 */

import type { SchemaPart } from "../src/shared/sqlite/schema.ts";

/** The table; files from before parts had versions of their own have it already. */
const MARKER = `
  CREATE TABLE IF NOT EXISTS record_marker (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    path TEXT NOT NULL,
    recorded_up_to INTEGER NOT NULL,
    file_bytes INTEGER NOT NULL
  ) STRICT;
`;

/** The table and how it came to be. */
export const RECORD_SCHEMA: SchemaPart = {
  name: "record",
  migrations: [{ version: 1, up: MARKER }],
};
