/**
 * The tables of the agents. Other parts refer to an agent by its id, and read these tables; only this folder writes them.
 *
 * - `agents` has one row for each registered agent; of its key only a salted hash is kept.
 * - `memberships` says which agents are in which groups; `position` is the place of the group in the agent's list.
 * - `enrollment_tokens` has one row for each enrolment token, until it has expired; `groups` is a JSON list.
 *
 * @module
 */

import type { SchemaPart } from "../../shared/sqlite/schema.ts";

const AGENTS = `
  CREATE TABLE agents (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    key_salt BLOB NOT NULL,
    key_hash BLOB NOT NULL,
    version TEXT NOT NULL,
    host TEXT NOT NULL,
    groups TEXT NOT NULL,
    registered_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/** The lists of groups become rows, so that the agents of a group can be found. */
const MEMBERSHIPS = `
  CREATE TABLE memberships (
    group_name TEXT NOT NULL,
    agent_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (group_name, agent_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX memberships_by_agent ON memberships (agent_id, position);
  INSERT OR IGNORE INTO memberships (group_name, agent_id, position)
    SELECT listed.value, agents.id, listed.key FROM agents, json_each(agents.groups) AS listed;
  ALTER TABLE agents DROP COLUMN groups;
`;

const ENROLLMENT_TOKENS = `
  CREATE TABLE enrollment_tokens (
    id TEXT PRIMARY KEY,
    salt BLOB NOT NULL,
    hash BLOB NOT NULL,
    groups TEXT NOT NULL,
    uses INTEGER NOT NULL,
    uses_left INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/** The tables and how they came to be. */
export const AGENTS_SCHEMA: SchemaPart = {
  name: "agents",
  migrations: [{ version: 1, up: AGENTS }, { version: 2, up: MEMBERSHIPS }, {
    version: 3,
    up: ENROLLMENT_TOKENS,
  }],
};
