import type { DatabaseSync, StatementSync } from "node:sqlite";

/**
 * A statement that is prepared when it is first used. For what a reader never does: in a file of an older version, which nobody has
 * upgraded yet, the statements that write name columns that are not there.
 */
export function lazyStatement(database: DatabaseSync, sql: string): () => StatementSync {
  let statement: StatementSync | undefined;
  return () => statement ??= database.prepare(sql);
}

/** The same with rows that are arrays of their columns: quicker to make than objects where there are very many. */
export function lazyArrayStatement(database: DatabaseSync, sql: string): () => StatementSync {
  const prepare = lazyStatement(database, sql);
  return () => {
    // The platform's types do not name it yet.
    const statement = prepare() as StatementSync & { setReturnArrays(on: boolean): void };
    statement.setReturnArrays(true);
    return statement;
  };
}
