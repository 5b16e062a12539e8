/**
 * The tables of the command manager.
 *
 * - `order_commands` holds what all orders of one command have in common, `orders` one row for each agent that a command is for,
 *   `orders_archive` the same for orders that ended a while ago. Their key is the order of creation. `offer_at` is when the order
 *   may next be put in the answer to a poll, and NULL when it may not; `due_at` is when the manager has to do something about the
 *   row: give up an open order, archive a finished one, remove an archived one. Each has an index, so neither is ever searched for.
 * - `order_numbering` has one row: the last request id given out, which therefore counts up for ever, and the random prefix of this
 *   database's document ids.
 *
 * @module
 */

import type { SchemaPart } from "../../shared/sqlite/schema.ts";

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

const ORDERS = `
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

/** The tables and how they came to be. */
export const COMMANDS_SCHEMA: SchemaPart = {
  name: "commands",
  migrations: [{ version: 1, up: ORDERS }],
};
