/**
 * The tables of `agent.db`.
 *
 * Events are stored in chunks: the events that were committed together, as one text ready to be sent. A chunk's key
 * is the number of its LAST event, so that SQLite's own AUTOINCREMENT counter is the number of the newest event ever
 * stored, also when the table is empty again; and so that a chunk can be split without renumbering anything.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type { Stream } from "../../shared/protocol/wire.ts";

/** Version in `PRAGMA user_version`. Raised with every change of a table. */
export const SCHEMA_VERSION = 1;

/** The table that holds a stream's chunks. */
export function chunkTable(stream: Stream): string {
  return `${stream}_chunk`;
}

const chunks = (stream: Stream) => `
  CREATE TABLE ${chunkTable(stream)} (
    last_event INTEGER PRIMARY KEY AUTOINCREMENT,
    events     INTEGER NOT NULL,
    bytes      INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    lines      BLOB NOT NULL
  ) STRICT;`;

const tables = `
  ${chunks("stateless")}
  ${chunks("stateful")}
  CREATE TABLE account (
    stream               TEXT PRIMARY KEY,
    taken_events         INTEGER NOT NULL DEFAULT 0,
    taken_bytes          INTEGER NOT NULL DEFAULT 0,
    acknowledged_events  INTEGER NOT NULL DEFAULT 0,
    acknowledged_bytes   INTEGER NOT NULL DEFAULT 0,
    dead_lettered_events INTEGER NOT NULL DEFAULT 0,
    dead_lettered_bytes  INTEGER NOT NULL DEFAULT 0,
    dropped_events       INTEGER NOT NULL DEFAULT 0,
    dropped_bytes        INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
  INSERT INTO account (stream) VALUES ('stateless'), ('stateful');
  CREATE TABLE batch (
    id          TEXT PRIMARY KEY,
    stream      TEXT NOT NULL,
    first_event INTEGER NOT NULL,
    last_event  INTEGER NOT NULL,
    events      INTEGER NOT NULL,
    bytes       INTEGER NOT NULL,
    encoding    TEXT NOT NULL,
    agent_line  TEXT NOT NULL,
    created_ms  INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE checkpoint (
    collector TEXT NOT NULL,
    key       TEXT NOT NULL,
    value     TEXT NOT NULL,
    PRIMARY KEY (collector, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE dead_letter (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    batch_id   TEXT NOT NULL,
    stream     TEXT NOT NULL,
    events     INTEGER NOT NULL,
    bytes      INTEGER NOT NULL,
    status     INTEGER NOT NULL,
    reason     TEXT NOT NULL,
    at_ms      INTEGER NOT NULL,
    lines      BLOB NOT NULL
  ) STRICT;
  CREATE TABLE loss (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    first_at_ms INTEGER NOT NULL,
    last_at_ms  INTEGER NOT NULL,
    stream      TEXT NOT NULL,
    events      INTEGER NOT NULL,
    bytes       INTEGER NOT NULL,
    reason      TEXT NOT NULL,
    detail      TEXT NOT NULL,
    -- 0 nobody was told, 1 the notice is queued, 2 the server has it
    announced   INTEGER NOT NULL DEFAULT 0,
    -- number of the stateless event that is the notice
    notice      INTEGER,
    not_before_ms INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX loss_notice ON loss (notice) WHERE announced = 1;
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
  CREATE INDEX command_reported ON command (reported_ms) WHERE state = 'reported';
  CREATE UNIQUE INDEX loss_unannounced ON loss (stream, reason, detail) WHERE announced = 0;`;

/** Makes the tables of an empty database, in one transaction. */
export function createTables(database: DatabaseSync): void {
  database.exec(`BEGIN IMMEDIATE; ${tables}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
}
