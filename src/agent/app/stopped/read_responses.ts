import type { AgentConfig } from "../../config/schema.ts";
import { databaseExists, openDatabaseReadOnly } from "../../queue/database.ts";
import { requireTrusted } from "../../platform/trusted_path.ts";
import { readResponses } from "../../responses/report.ts";
import { RESPONSE_SCHEMA } from "../../responses/schema.ts";
import type { ResponseReport } from "../../../shared/protocol/responses.ts";
import { databasePath } from "../queue/queue_settings.ts";

/**
 * The responses that have not ended, those that are due first in front; also while an agent runs. Changes nothing.
 *
 * @throws {AgentError} when the database is there and cannot be read, or others may have put it there
 */
export function listResponses(config: AgentConfig): ResponseReport[] {
  requireTrusted("data folder", config.agent.path.data, { trustOwner: true });
  const path = databasePath(config.agent.path.data);
  if (!databaseExists(path)) return [];
  const database = openDatabaseReadOnly(path, [RESPONSE_SCHEMA]);
  try {
    return readResponses(database);
  } finally {
    database.close();
  }
}

/** Whether something is enabled that an agent has to end, which may need programs; also when nobody can tell. */
export function hasResponses(config: AgentConfig): boolean {
  try {
    return listResponses(config).length > 0;
  } catch {
    return true;
  }
}
