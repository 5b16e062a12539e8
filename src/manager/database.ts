/**
 * The manager's database: which parts it has, and how it is opened.
 *
 * The file belongs to one process (`locking_mode = EXCLUSIVE`). Commits are on disk before they are answered.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { AgentError, messageOf } from "../shared/errors.ts";
import { openDatabaseFile } from "../shared/sqlite/open.ts";
import type { Schema, SchemaPart } from "../shared/sqlite/schema.ts";
import { AGENTS_SCHEMA } from "./agents/schema.ts";
import { BULK_OUTPUT_SCHEMA } from "./bulk_output/schema.ts";
import { COMMANDS_SCHEMA } from "./commands/schema.ts";
import { DOCUMENTS_SCHEMA } from "./documents/schema.ts";
import { EVENTS_SCHEMA } from "./events/schema.ts";
import { KEEP_ALIVE_SCHEMA } from "./keep_alive/schema.ts";
import { NATS_SCHEMA } from "./nats/schema.ts";
import { ROLLOUTS_SCHEMA } from "./rollouts/schema.ts";
import { SESSIONS_SCHEMA } from "./stores/single/sessions_schema.ts";

/** Until version 5 the file was numbered as a whole: what each part had at each number. */
const BEFORE: NonNullable<Schema["before"]> = {
  1: { agents: 1, events: 1 },
  2: { agents: 2, events: 1, commands: 1 },
  3: { agents: 2, events: 1, commands: 1, nats: 1 },
  4: { agents: 2, events: 1, commands: 1, nats: 1, keep_alive: 1 },
  5: { agents: 2, events: 1, commands: 1, nats: 1, keep_alive: 2 },
};

/**
 * Everything in the database. The outbox is there also while NATS is off: what waits in it is sent when NATS is on again.
 *
 * @param more parts of a program around the manager
 */
function managerSchema(more: readonly SchemaPart[] = []): Schema {
  return {
    userVersion: 6,
    before: BEFORE,
    parts: [
      AGENTS_SCHEMA,
      EVENTS_SCHEMA,
      DOCUMENTS_SCHEMA,
      COMMANDS_SCHEMA,
      KEEP_ALIVE_SCHEMA,
      NATS_SCHEMA,
      BULK_OUTPUT_SCHEMA,
      ROLLOUTS_SCHEMA,
      SESSIONS_SCHEMA,
      ...more,
    ],
  };
}

/**
 * Opens the database, and brings its tables to the newest schema.
 *
 * @param path a file, or `:memory:`
 * @throws AgentError naming the file when another manager has it open, or a newer one wrote it
 */
export function openDatabase(path: string, more?: readonly SchemaPart[]): DatabaseSync {
  try {
    return openDatabaseFile(path, { schema: managerSchema(more), exclusive: true });
  } catch (error) {
    if (error instanceof AgentError) throw error;
    const { reason, hint } = whyClosed(messageOf(error));
    throw new AgentError("failed", `Cannot open database "${path}": ${reason}`, {
      cause: error,
      hint,
    });
  }
}

function whyClosed(message: string): { reason: string; hint: string } {
  return /locked|busy/i.test(message)
    ? { reason: "another manager uses it", hint: "stop that manager, or name another data folder" }
    : { reason: message, hint: "see that the folder can be written and its disk has free space" };
}
