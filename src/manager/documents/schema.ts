/**
 * The documents that agents keep by their stateful events, and how many there are of each collector.
 *
 * @module
 */

import type { SchemaPart } from "../../shared/sqlite/schema.ts";

const FIRST = `
  CREATE TABLE documents (
    agent_id   TEXT NOT NULL,
    module     TEXT NOT NULL,
    collector  TEXT NOT NULL,
    id         TEXT NOT NULL,
    -- see shared/states/document_digest.ts
    digest     BLOB NOT NULL,
    data       TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (agent_id, module, collector, id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE document_counts (
    agent_id  TEXT NOT NULL,
    module    TEXT NOT NULL,
    collector TEXT NOT NULL,
    documents INTEGER NOT NULL,
    PRIMARY KEY (agent_id, module, collector)
  ) STRICT, WITHOUT ROWID;`;

/** Files come by the hundred thousand, and the newest changes of them are asked for. */
const CHANGED_FILES = `
  CREATE INDEX documents_changed_files ON documents (agent_id, updated_at) WHERE module = 'fim';
`;

/** How far a node of a cluster has followed each stream: see `document_cursors.ts`. */
const CURSORS = `
  CREATE TABLE document_cursors (
    stream   TEXT PRIMARY KEY,
    created  TEXT NOT NULL,
    sequence INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;`;

/** The tables and how they came to be. */
export const DOCUMENTS_SCHEMA: SchemaPart = {
  name: "documents",
  migrations: [
    { version: 1, up: FIRST },
    { version: 2, up: CHANGED_FILES },
    { version: 3, up: CURSORS },
  ],
};
