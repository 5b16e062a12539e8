import type { DatabaseSync } from "node:sqlite";

/**
 * Runs `work` in one transaction, which is undone when it throws; within another one as a part of it.
 *
 * @throws what `work` threw, or why the transaction could not be committed; then nothing of it is stored
 */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  if (database.isTransaction) return work();
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    rollBack(database);
    throw error;
  }
}

/** Undoes the open transaction, if SQLite has not done so already: a failed COMMIT (a full disk) may have. */
function rollBack(database: DatabaseSync): void {
  try {
    if (database.isTransaction) database.exec("ROLLBACK");
  } catch {
    // There is nothing left to undo.
  }
}
