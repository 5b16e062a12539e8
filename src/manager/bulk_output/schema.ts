/**
 * How far each index has been given the events (`target` is its URL), and the newest events that one refused.
 *
 * @module
 */

import type { SchemaPart } from "../../shared/sqlite/schema.ts";

const FIRST = `
  CREATE TABLE bulk_checkpoints (
    target TEXT PRIMARY KEY,
    sent_up_to INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    missed INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE bulk_refused (
    number INTEGER PRIMARY KEY,
    target TEXT NOT NULL,
    at INTEGER NOT NULL,
    reason TEXT NOT NULL
  ) STRICT;`;

/** The tables and how they came to be. */
export const BULK_OUTPUT_SCHEMA: SchemaPart = {
  name: "bulk_output",
  migrations: [{ version: 1, up: FIRST }],
};
