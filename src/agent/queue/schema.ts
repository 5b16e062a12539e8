/**
 * The tables of the queue in `agent.db`, as steps from one version to the next.
 *
 * Events are stored in chunks: the events that were committed together, as one text ready to be sent. A chunk's key
 * is the number of its LAST event, so that SQLite's own AUTOINCREMENT counter is the number of the newest event ever
 * stored, also when the table is empty again; and so that a chunk can be split without renumbering anything.
 *
 * @module
 */

import type { Migration, Schema, SchemaPart } from "../../shared/sqlite/schema.ts";
import type { Stream } from "../../shared/protocol/wire.ts";

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

const FIRST = `
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
  CREATE UNIQUE INDEX loss_unannounced ON loss (stream, reason, detail) WHERE announced = 0;`;

/** NULL in rows from before: nobody knows whether they are what they were. See `checksums.ts`. */
const WITH_CHECKSUMS = `
  ALTER TABLE stateless_chunk ADD COLUMN checksums BLOB;
  ALTER TABLE stateful_chunk ADD COLUMN checksums BLOB;
  ALTER TABLE batch ADD COLUMN checksum INTEGER;
  ALTER TABLE checkpoint ADD COLUMN checksum INTEGER;`;

const MIGRATIONS: readonly Migration[] = [
  { version: 1, up: FIRST },
  { version: 2, up: WITH_CHECKSUMS },
];

/** The queue's tables. */
const QUEUE_SCHEMA: SchemaPart = { name: "queue", migrations: MIGRATIONS };

/** A file of user_version 1 has no table of versions: it was made whole, the queue's tables and the journal's. */
const BEFORE = { 1: { queue: 1, journal: 1 } };

/** All of `agent.db`: the queue's tables, and those of the parts beside it. */
export function databaseSchema(others: readonly SchemaPart[]): Schema {
  return { userVersion: 2, before: BEFORE, parts: [QUEUE_SCHEMA, ...others] };
}
