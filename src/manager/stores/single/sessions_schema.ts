/**
 * The table of sessions at the page that were ended before their time: until no token of theirs is good any more.
 *
 * @module
 */

import type { SchemaPart } from "../../../shared/sqlite/schema.ts";

const ENDED_SESSIONS = `
  CREATE TABLE ended_sessions (
    id TEXT PRIMARY KEY,
    until INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/** Sessions' part of the manager's database. */
export const SESSIONS_SCHEMA: SchemaPart = {
  name: "sessions",
  migrations: [{ version: 1, up: ENDED_SESSIONS }],
};
