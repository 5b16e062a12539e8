/**
 * Looking into the queue of a data folder, whether an agent runs on it or not. Changes nothing there.
 *
 * @module
 */

import { AgentError } from "../../../shared/errors.ts";
import type { VerifyReport } from "../../../shared/protocol/queue_inspection.ts";
import type { AgentConfig } from "../../config/schema.ts";
import { IdentityFile } from "../../identity/identity_file.ts";
import { MODULES } from "../../modules/modules.ts";
import { databaseExists } from "../../queue/database.ts";
import { QueueReader } from "../../queue/inspection/queue_reader.ts";
import { verifyQueue } from "../../queue/inspection/verify.ts";
import { databaseParts } from "./database_parts.ts";
import { databasePath } from "./queue_settings.ts";

/**
 * Opens the queue to read it.
 *
 * @throws {AgentError} `not_registered` or `failed` when there is none, or what is wrong with it
 */
export function openQueueReader(config: AgentConfig): QueueReader {
  return QueueReader.open(existingDatabase(config), databaseParts(MODULES));
}

/**
 * Why an agent would not start on the queue and no restart helps: a newer agent wrote it. `undefined` also when there is none.
 */
export function reasonNotToStart(config: AgentConfig): string | undefined {
  try {
    if (databaseExists(databasePath(config.agent.path.data))) {
      openQueueReader(config)[Symbol.dispose]();
    }
    return undefined;
  } catch (error) {
    if (error instanceof AgentError && error.code === "database_unusable") return error.message;
    // Whatever else is wrong with it, a start mends it or says so.
    return undefined;
  }
}

/**
 * Checks all of the queue.
 *
 * @param isStopped no agent runs, so that the write-ahead log can be checked too
 * @throws {AgentError} `not_registered` or `failed` when there is none
 */
export function verifyQueueOf(config: AgentConfig, isStopped: boolean): VerifyReport {
  return verifyQueue({ path: existingDatabase(config), parts: databaseParts(MODULES), isStopped });
}

/**
 * Path of the database; makes none.
 *
 * @throws {AgentError} `not_registered` or `failed` when there is none
 */
export function existingDatabase({ agent }: AgentConfig): string {
  const path = databasePath(agent.path.data);
  if (databaseExists(path)) return path;
  // Whoever is not registered has no queue, and is told the first thing first.
  new IdentityFile(agent.path.data).load();
  throw new AgentError("failed", `There is no queue in "${agent.path.data}" yet`, {
    hint: "agent run makes it when it starts for the first time",
  });
}
