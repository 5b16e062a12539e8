/**
 * The tables of the manager's database, as steps from one version to the next.
 *
 * - `event_groups` holds one row for the events of one request: header and data lines by turns, as
 *   `event_body.ts` leaves them. Its key counts events, not rows: a group of 10 events after 100
 *   others has `last_event` 110. So "the newest N events" is a range of the key, and the number of
 *   all events ever stored survives the removal of old rows.
 * - `answers` remembers what was answered to an idempotency key, numbered for each agent so that
 *   "the newest N" is a range too.
 * - `record_marker` says how much of the events stands in the record file, and how long the file is
 *   then. See `record.ts`.
 * - `memberships` says which agents are in which groups; `position` is the place of the group in the
 *   agent's list.
 * - `order_commands` holds what all orders of one command have in common, `orders` one row for each
 *   agent that a command is for, `orders_archive` the same for orders that ended a while ago. Their
 *   key is the order of creation. `offer_at` is when the order may next be put in the answer to a
 *   poll, and NULL when it may not; `due_at` is when the manager has to do something about the row:
 *   give up an open order, archive a finished one, remove an archived one. Each has an index, so
 *   neither is ever searched for.
 * - `order_numbering` has one row: the last request id given out, which therefore counts up for
 *   ever, and the random prefix of this database's document ids.
 * - `agent_states` has one row for each agent: the state it was in last and since when, when it was
 *   last heard of, and from where. `last_sign_at` may lag behind: signs of life are not written one
 *   by one. While changes of the state are held back, `announced` is the state that was announced
 *   last and `held_changes` how many there were since; NULL and 0 otherwise.
 * - `nats_outbox` holds messages for NATS until they are taken there, in the order of their sequence
 *   numbers, which are never given out twice. See `keep_alive/nats/outbox.ts`.
 *
 * @module
 */

const FIRST = `
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

  CREATE TABLE record_marker (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    path TEXT NOT NULL,
    recorded_up_to INTEGER NOT NULL,
    file_bytes INTEGER NOT NULL
  ) STRICT;
`;

const ORDER_COLUMNS = `
    request_id INTEGER NOT NULL,
    order_id INTEGER NOT NULL,
    command INTEGER NOT NULL,
    agent_id TEXT,
    status TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    sent_at INTEGER,
    finished_at INTEGER,
    offers INTEGER NOT NULL,
    offer_at INTEGER,
    due_at INTEGER NOT NULL,
    timed_out INTEGER NOT NULL,
    result_code INTEGER,
    result_message TEXT,
    result_data TEXT,
    late_result TEXT,
    PRIMARY KEY (request_id, order_id)
`;

const WITH_ORDERS = `
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

  CREATE TABLE order_numbering (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    last_request INTEGER NOT NULL,
    prefix TEXT NOT NULL
  ) STRICT;
  INSERT INTO order_numbering VALUES (1, 0, lower(hex(randomblob(4))));

  CREATE TABLE order_commands (
    request_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    source TEXT NOT NULL,
    user TEXT NOT NULL,
    target_type TEXT NOT NULL,
    target_id TEXT NOT NULL,
    action_name TEXT NOT NULL,
    action_version TEXT NOT NULL,
    args TEXT NOT NULL,
    timeout_s INTEGER NOT NULL,
    PRIMARY KEY (request_id, number)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE orders (${ORDER_COLUMNS}) STRICT, WITHOUT ROWID;
  CREATE INDEX orders_by_agent ON orders (agent_id, request_id, order_id);
  CREATE INDEX orders_by_status ON orders (status, request_id, order_id);
  CREATE INDEX orders_to_offer ON orders (agent_id, offer_at) WHERE offer_at IS NOT NULL;
  CREATE INDEX orders_due ON orders (due_at);

  CREATE TABLE orders_archive (${ORDER_COLUMNS}) STRICT, WITHOUT ROWID;
  CREATE INDEX archive_by_agent ON orders_archive (agent_id, request_id, order_id);
  CREATE INDEX archive_by_status ON orders_archive (status, request_id, order_id);
  CREATE INDEX archive_due ON orders_archive (due_at);
`;

const WITH_NATS_OUTBOX = `
  CREATE TABLE nats_outbox (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
`;

const WITH_AGENT_STATES = `
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

const WITH_HELD_CHANGES = `
  ALTER TABLE agent_states ADD COLUMN announced TEXT;
  ALTER TABLE agent_states ADD COLUMN held_changes INTEGER NOT NULL DEFAULT 0;
`;

/** Step N leads from version N to version N + 1; an empty file is version 0. */
export const MIGRATIONS: readonly string[] = [
  FIRST,
  WITH_ORDERS,
  WITH_NATS_OUTBOX,
  WITH_AGENT_STATES,
  WITH_HELD_CHANGES,
];
