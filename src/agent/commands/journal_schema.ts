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

/**
 * A result is delivered when its event has left the queue, and kept for a time after that. The time is the journal's own,
 * the sum of how long agents ran: a wall clock that jumps must not make it forget an order that may come again.
 */
const DELIVERY = `
  ALTER TABLE command ADD COLUMN result_event INTEGER;
  ALTER TABLE command ADD COLUMN delivered_ms INTEGER;
  ALTER TABLE command ADD COLUMN delivered_age_ms INTEGER;
  CREATE TABLE journal_age (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    age_ms   INTEGER NOT NULL
  ) STRICT;
  INSERT INTO journal_age VALUES (1, 0);
  DROP INDEX command_reported;
  CREATE INDEX command_undelivered ON command (result_event)
    WHERE state = 'reported' AND delivered_age_ms IS NULL;
  CREATE INDEX command_delivered ON command (delivered_age_ms) WHERE delivered_age_ms IS NOT NULL;`;

/** A command that waited for too long is not begun; how long it waited is told by the journal's own time. */
const START_LIMIT = `
  ALTER TABLE command ADD COLUMN received_age_ms INTEGER;
  ALTER TABLE command ADD COLUMN start_within_ms INTEGER;`;

/** Its sender wants to be asked before it begins. */
const CONFIRMED_START = "ALTER TABLE command ADD COLUMN confirm_start INTEGER;";

/** The journal's tables. */
export const JOURNAL_SCHEMA: SchemaPart = {
  name: "journal",
  migrations: [
    { version: 1, up: FIRST },
    { version: 2, up: DELIVERY },
    { version: 3, up: START_LIMIT },
    { version: 4, up: CONFIRMED_START },
  ],
};
