import type { DatabaseSync } from "node:sqlite";

/** Has all that `look` reads be of one moment, whoever writes meanwhile. */
export function snapshot<T>(database: DatabaseSync, look: () => T): T {
  database.exec("BEGIN");
  try {
    return look();
  } finally {
    database.exec("COMMIT");
  }
}
