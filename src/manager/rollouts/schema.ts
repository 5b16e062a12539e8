/**
 * The tables of the rollouts.
 *
 * - `rollouts` has one row for each: what is rolled out, to whom, and where it stands. `forgiven` is how many had failed when
 *   somebody had it go on all the same.
 * - `rollout_waves` has one row for each wave: `begun_at` is set before its orders are made, `request_id` once they are, `outcome`
 *   (JSON) when all of them have ended. Orders are forgotten after a while, so what came of them is kept here.
 * - `rollout_agents` says which agents are in which wave, until the rollout ends.
 *
 * @module
 */

import type { SchemaPart } from "../../shared/sqlite/schema.ts";

const ROLLOUTS = `
  CREATE TABLE rollouts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    version TEXT NOT NULL,
    release INTEGER NOT NULL,
    manifest TEXT NOT NULL,
    target TEXT NOT NULL,
    waves TEXT NOT NULL,
    stop_share REAL NOT NULL,
    timeout_s INTEGER NOT NULL,
    agents INTEGER NOT NULL,
    user TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    forgiven INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    finished_at INTEGER
  ) STRICT;
  CREATE INDEX rollouts_open ON rollouts (id) WHERE finished_at IS NULL;

  CREATE TABLE rollout_waves (
    rollout_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    agents INTEGER NOT NULL,
    begun_at INTEGER,
    request_id INTEGER,
    settled_at INTEGER,
    outcome TEXT,
    PRIMARY KEY (rollout_id, number)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE rollout_agents (
    rollout_id INTEGER NOT NULL,
    wave INTEGER NOT NULL,
    agent_id TEXT NOT NULL,
    PRIMARY KEY (rollout_id, wave, agent_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX rollout_agents_by_agent ON rollout_agents (agent_id);
`;

/** Whether agents on which the release failed before are to try it again. */
const RETRY = "ALTER TABLE rollouts ADD COLUMN retry INTEGER NOT NULL DEFAULT 0;";

/** The tables and how they came to be. */
export const ROLLOUTS_SCHEMA: SchemaPart = {
  name: "rollouts",
  migrations: [{ version: 1, up: ROLLOUTS }, { version: 2, up: RETRY }],
};
