import { JOURNAL_SCHEMA } from "../../commands/journal_schema.ts";
import { readNewestEntries } from "../../commands/journal_store.ts";
import type { AgentConfig } from "../../config/schema.ts";
import { databaseExists, openDatabaseReadOnly } from "../../queue/database.ts";
import type { JournalEntry } from "../../../shared/protocol/commands.ts";
import { requireTrusted } from "../../platform/trusted_path.ts";
import { databasePath } from "../queue/queue_settings.ts";

/**
 * The newest commands in the journal, newest first; also while an agent runs. Changes nothing.
 *
 * @throws {AgentError} when the database is there and cannot be read, or others may have put it there
 */
export function readJournal(config: AgentConfig, limit: number): JournalEntry[] {
  requireTrusted("data folder", config.agent.path.data, { trustOwner: true });
  const path = databasePath(config.agent.path.data);
  if (!databaseExists(path)) return [];
  const database = openDatabaseReadOnly(path, [JOURNAL_SCHEMA]);
  try {
    return readNewestEntries(database, limit);
  } finally {
    database.close();
  }
}
