/**
 * The table of the outbox: messages for NATS until they are taken there, in the order of their sequence numbers, which are never
 * given out twice. See `outbox.ts`.
 *
 * @module
 */

import type { SchemaPart } from "../../shared/sqlite/schema.ts";

const OUTBOX = `
  CREATE TABLE nats_outbox (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
`;

/** The table and how it came to be. */
export const NATS_SCHEMA: SchemaPart = {
  name: "nats",
  migrations: [{ version: 1, up: OUTBOX }],
};
