/**
 * The tables of the keep-alive monitor.
 *
 * `agent_states` has one row for each agent: the state it was in last and since when, when it was last heard of, and from where.
 * `last_sign_at` may lag behind: signs of life are not written one by one. While changes of the state are held back, `announced` is
 * the state that was announced last and `held_changes` how many there were since; NULL and 0 otherwise.
 *
 * `state_history` has the newest 16 changes of each agent, as they were written down.
 *
 * @module
 */

import type { SchemaPart } from "../../shared/sqlite/schema.ts";

const AGENT_STATES = `
  CREATE TABLE agent_states (
    agent_id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    since INTEGER NOT NULL,
    last_sign_at INTEGER,
    address TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX agent_states_by_state ON agent_states (state, agent_id);
  INSERT INTO agent_states (agent_id, state, since)
    SELECT id, 'never_connected', registered_at FROM agents;
`;

const HELD_CHANGES = `
  ALTER TABLE agent_states ADD COLUMN announced TEXT;
  ALTER TABLE agent_states ADD COLUMN held_changes INTEGER NOT NULL DEFAULT 0;
`;

const STATE_HISTORY = `
  CREATE TABLE state_history (
    agent_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    previous TEXT NOT NULL,
    current TEXT NOT NULL,
    PRIMARY KEY (agent_id, number)
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER state_history_add AFTER UPDATE OF state ON agent_states
  WHEN OLD.state <> NEW.state BEGIN
    INSERT INTO state_history (agent_id, number, at, previous, current)
      SELECT NEW.agent_id, coalesce(max(number), 0) + 1, NEW.since, OLD.state, NEW.state
      FROM state_history WHERE agent_id = NEW.agent_id;
    DELETE FROM state_history WHERE agent_id = NEW.agent_id AND number <= (
      SELECT max(number) - 16 FROM state_history WHERE agent_id = NEW.agent_id
    );
  END;
  CREATE TRIGGER state_history_remove AFTER DELETE ON agent_states BEGIN
    DELETE FROM state_history WHERE agent_id = OLD.agent_id;
  END;
`;

/** The table and how it came to be; the table of agents must be there before. */
export const KEEP_ALIVE_SCHEMA: SchemaPart = {
  name: "keep_alive",
  migrations: [{ version: 1, up: AGENT_STATES }, { version: 2, up: HELD_CHANGES }, {
    version: 3,
    up: STATE_HISTORY,
  }],
};
