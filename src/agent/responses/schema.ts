/**
 * The tables of responses in `agent.db`, as steps from one version to the next. What a row means stands in `response_store.ts`.
 *
 * @module
 */

import type { SchemaPart } from "../../shared/sqlite/schema.ts";

/** From so many characters on a subject is large. Part of a step: never changed. */
export const LARGE_CHARACTERS = 1_024;

const FIRST = `
  CREATE TABLE response (
    key            TEXT PRIMARY KEY,
    name           TEXT NOT NULL,
    -- 'script' or 'built_in'
    kind           TEXT NOT NULL,
    -- 'enabling', 'active' or 'reverting'
    state          TEXT NOT NULL,
    -- JSON: source, user and input of the order
    subject        TEXT NOT NULL,
    -- SHA-1 of what the script calls its keys
    script_keys    TEXT,
    -- what was so before, where the reversal needs it
    before         TEXT,
    document_id    TEXT NOT NULL,
    duration_ms    INTEGER,
    -- wall clock; null until it is enabled
    enabled_ms     INTEGER,
    expires_age_ms INTEGER,
    -- when something has to be done next
    due_age_ms     INTEGER NOT NULL,
    -- why it is reverted
    cause          TEXT,
    -- reversals that failed, and why the last did
    attempts       INTEGER NOT NULL DEFAULT 0,
    failure        TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX response_due ON response (due_age_ms);
  CREATE INDEX response_state ON response (state);
  CREATE INDEX response_failing ON response (due_age_ms) WHERE attempts > 0;
  CREATE INDEX response_script_keys ON response (name, script_keys) WHERE script_keys IS NOT NULL;
  CREATE TABLE response_clock (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    age_ms   INTEGER NOT NULL,
    wall_ms  INTEGER NOT NULL
  ) STRICT;`;

/** Those with much in them are bounded apart from the others: a disk is not to be filled by orders. */
const LARGE =
  `CREATE INDEX response_large ON response (due_age_ms) WHERE length(subject) > ${LARGE_CHARACTERS};`;

/** The tables. */
export const RESPONSE_SCHEMA: SchemaPart = {
  name: "responses",
  migrations: [{ version: 1, up: FIRST }, { version: 2, up: LARGE }],
};
