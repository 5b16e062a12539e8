/**
 * The tables of the events.
 *
 * - `event_groups` holds one row for the events of one request: header and data lines by turns, as `event_body.ts` leaves them. Its
 *   key counts events, not rows: a group of 10 events after 100 others has `last_event` 110. So "the newest N events" is a range of
 *   the key, and the number of all events ever stored survives the removal of old rows.
 * - `answers` remembers what was answered to an idempotency key, numbered for each agent so that "the newest N" is a range too.
 * - `counters` counts the events of each stream ever stored, and the repeated requests.
 * - `shutdowns` are the newest shutdown messages.
 *
 * @module
 */

import type { SchemaPart } from "../../shared/sqlite/schema.ts";

const EVENTS = `
  CREATE TABLE event_groups (
    last_event INTEGER PRIMARY KEY,
    received_at INTEGER NOT NULL,
    agent_id TEXT NOT NULL,
    stream TEXT NOT NULL,
    batch_id TEXT,
    lines TEXT NOT NULL
  ) STRICT;

  CREATE TABLE answers (
    agent_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    status INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (agent_id, number),
    UNIQUE (agent_id, key)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE shutdowns (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    agent_id TEXT NOT NULL,
    stream TEXT NOT NULL,
    received_at INTEGER NOT NULL
  ) STRICT;
`;

const BY_AGENT = `
  CREATE INDEX event_groups_by_agent ON event_groups (agent_id, last_event);
`;

/** The tables and how they came to be. */
export const EVENTS_SCHEMA: SchemaPart = {
  name: "events",
  migrations: [{ version: 1, up: EVENTS }, { version: 2, up: BY_AGENT }],
};
