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

/**
 * Runs `work` as a part of the open transaction, of which only this part is undone when it throws.
 *
 * @throws what `work` threw
 */
export function savepoint<T>(database: DatabaseSync, work: () => T): T {
  database.exec("SAVEPOINT part");
  try {
    const result = work();
    database.exec("RELEASE part");
    return result;
  } catch (error) {
    // Where SQLite has undone the whole transaction, this part is gone with it.
    if (database.isTransaction) database.exec("ROLLBACK TO part; RELEASE part");
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
