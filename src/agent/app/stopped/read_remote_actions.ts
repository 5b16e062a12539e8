import { readRemoteActions, REMOTE_SCHEMA } from "../../commands/remote_record.ts";
import type { AgentConfig } from "../../config/schema.ts";
import { databaseExists, openDatabaseReadOnly } from "../../queue/database.ts";
import type { RemoteAction } from "../../../shared/protocol/commands.ts";
import { databasePath } from "../queue/queue_settings.ts";

/**
 * The newest entries of the record of remote actions, newest first; also while an agent runs. Changes nothing.
 *
 * @throws {AgentError} when the database is there and cannot be read
 */
export function readRemoteRecord(config: AgentConfig, limit: number): RemoteAction[] {
  const path = databasePath(config.agent.path.data);
  if (!databaseExists(path)) return [];
  const database = openDatabaseReadOnly(path, [REMOTE_SCHEMA]);
  try {
    return readRemoteActions(database, limit);
  } finally {
    database.close();
  }
}
