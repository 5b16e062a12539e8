/**
 * Checks the database of a queue from outside, also one that cannot even be opened.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { messageOf } from "../../../shared/errors.ts";
import type { QueueDefect, VerifyReport } from "../../../shared/protocol/queue_inspection.ts";
import { isDamage } from "../../../shared/sqlite/damage.ts";
import { openDatabaseFileReadOnly } from "../../../shared/sqlite/open.ts";
import type { SchemaPart } from "../../../shared/sqlite/schema.ts";
import { cannotOpen, damageOfLog } from "../database.ts";
import { QueueStore } from "../queue_store.ts";
import { databaseSchema } from "../schema.ts";
import { MAX_NAMED, Verification } from "./verification.ts";

/** What {@linkcode verifyQueue} looks at. */
interface VerifyOptions {
  path: string;
  parts: readonly SchemaPart[];
  /** Nobody has the file open, so that its log can be checked too. */
  isStopped: boolean;
}

/**
 * Checks everything that a queue's database holds. Changes nothing.
 *
 * @throws {AgentError} `folder_unusable` when it cannot be opened, `database_unusable` when a newer agent wrote it
 */
export function verifyQueue({ path, parts, isStopped }: VerifyOptions): VerifyReport {
  const ofLog = isStopped ? damageOfLog(path) : undefined;
  const report = verifyTables(path, parts);
  if (ofLog === undefined) return report;
  return withDefect(report, { where: "write-ahead log", problem: ofLog });
}

function verifyTables(path: string, parts: readonly SchemaPart[]): VerifyReport {
  let database: DatabaseSync;
  try {
    database = openDatabaseFileReadOnly(path, databaseSchema(parts));
  } catch (error) {
    if (!isDamage(error)) throw cannotOpen(path, error);
    return withDefect(NOTHING, { where: "database", problem: messageOf(error) });
  }
  try {
    return new Verification(database, new QueueStore(database, { maxDeadLetterBytes: 0 })).run();
  } catch (error) {
    // A table or column that is not there: the disk changed a statement of the schema.
    if (!isDamage(error) && !/no such (table|column)/.test(messageOf(error))) throw error;
    return withDefect(NOTHING, { where: "database", problem: messageOf(error) });
  } finally {
    database.close();
  }
}

const NOTHING: VerifyReport = {
  checked: { events: 0, bytes: 0, chunks: 0, batches: 0, checkpoints: 0, letters: 0 },
  defects: [],
  defect_count: 0,
};

function withDefect(report: VerifyReport, defect: QueueDefect): VerifyReport {
  const defects = [defect, ...report.defects].slice(0, MAX_NAMED);
  return { ...report, defects, defect_count: report.defect_count + 1 };
}
