/**
 * The journal's table in `agent.db`, as steps from one version to the next. What a row means stands in `journal_store.ts`.
 *
 * @module
 */

import type { SchemaPart } from "../../shared/sqlite/schema.ts";

const FIRST = `
  CREATE TABLE command (
    number        INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id   TEXT NOT NULL UNIQUE,
    action        TEXT,
    args          TEXT,
    timeout_ms    INTEGER,
    state         TEXT NOT NULL,
    code          INTEGER,
    message       TEXT,
    data          TEXT,
    received_ms   INTEGER NOT NULL,
    started_ms    INTEGER,
    done_ms       INTEGER,
    reported_ms   INTEGER
  ) STRICT;
  CREATE INDEX command_unreported ON command (state) WHERE state <> 'reported';
  CREATE INDEX command_reported ON command (reported_ms) WHERE state = 'reported';`;

/** The journal's tables. */
export const JOURNAL_SCHEMA: SchemaPart = {
  name: "journal",
  migrations: [{ version: 1, up: FIRST }],
};
