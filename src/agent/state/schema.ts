/**
 * The tables of the states in `agent.db`; see docs/state.md.
 *
 * `state` is in the order of its keys, so that a scan and the table are walked side by side. `digest` is that of the document without its
 * counters: what decides whether something changed. `state_outbox` holds events that are promised and not in the queue yet: what is to be
 * said of a document is read from `state` when its turn comes.
 *
 * @module
 */

import type { SchemaPart } from "../../shared/sqlite/schema.ts";

const FIRST = `
  CREATE TABLE state_owner (agent_id TEXT NOT NULL, dropped_events INTEGER NOT NULL) STRICT;
  CREATE TABLE state_source (
    number          INTEGER PRIMARY KEY,
    module          TEXT NOT NULL,
    collector       TEXT NOT NULL,
    -- a scan has been complete
    is_scanned      INTEGER NOT NULL DEFAULT 0,
    -- the server has taken an event of it
    is_known        INTEGER NOT NULL DEFAULT 0,
    paused_until_ms INTEGER NOT NULL DEFAULT 0,
    pause_ms        INTEGER NOT NULL DEFAULT 0,
    pause_reason    TEXT,
    -- its documents stay at the server while it is turned off
    is_kept         INTEGER NOT NULL DEFAULT 0,
    UNIQUE (module, collector)
  ) STRICT;
  CREATE TABLE state (
    source     INTEGER NOT NULL,
    key        TEXT NOT NULL,
    id         BLOB NOT NULL,
    digest     BLOB NOT NULL,
    -- TEXT: the document; BLOB: what the module makes it of
    data       ANY NOT NULL,
    changed_ms INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    PRIMARY KEY (source, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE state_outbox (
    source    INTEGER NOT NULL,
    id        BLOB NOT NULL,
    key       TEXT NOT NULL,
    operation TEXT NOT NULL,
    PRIMARY KEY (source, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE state_missing (
    source INTEGER NOT NULL,
    key    TEXT NOT NULL,
    PRIMARY KEY (source, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE state_refused (
    source INTEGER NOT NULL,
    key    TEXT NOT NULL,
    digest BLOB NOT NULL,
    reason TEXT NOT NULL,
    at_ms  INTEGER NOT NULL,
    PRIMARY KEY (source, key)
  ) STRICT, WITHOUT ROWID;`;

/** The tables of the states. */
export const STATE_SCHEMA: SchemaPart = {
  name: "state",
  migrations: [{ version: 1, up: FIRST }],
};
