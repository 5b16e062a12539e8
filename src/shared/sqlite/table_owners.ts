/**
 * Which part made which table, so that no step changes what is another part's.
 *
 * A file does not say who made its tables. But steps are never edited, so running those that the file has had once more, in an empty
 * database in memory, tells. A table that no known part made belongs to a part that this program does not have, or to the file itself.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { type Migration, type PartVersions, type SchemaPart } from "./schema.ts";

/** A row of `sqlite_schema`: a table, an index, a trigger or a view. */
interface SchemaRow {
  type: string;
  name: string;
  /** The table that it is or belongs to. */
  table: string;
  sql: string;
}

/** SQLite's own tables change with those of everybody. */
const ALL_ROWS = `
  SELECT type, name, tbl_name AS "table", COALESCE(sql, '') AS sql FROM sqlite_schema
  WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`;

/** Knows the tables of each part, and watches over what steps do to them. */
export class TableOwners {
  readonly #partByTable: Map<string, string>;
  #rows: readonly SchemaRow[];

  private constructor(partByTable: Map<string, string>, rows: readonly SchemaRow[]) {
    this.#partByTable = partByTable;
    this.#rows = rows;
  }

  /** The owners in a file whose parts are at `versions`. */
  static of(
    database: DatabaseSync,
    parts: readonly SchemaPart[],
    versions: PartVersions,
  ): TableOwners {
    const partByTable = new Map<string, string>();
    using scratch = new DatabaseSync(":memory:");
    for (const part of parts) {
      const done = versions[part.name] ?? 0;
      for (const step of part.migrations.slice(0, done)) runStep(scratch, step);
      addTables(partByTable, rowsOf(scratch), part);
    }
    return new TableOwners(partByTable, rowsOf(database));
  }

  /**
   * To be called after each step of `part`.
   *
   * @throws {Error} when it changed a table of somebody else, or made one under a name that is not the part's
   */
  requireOwnChanges(database: DatabaseSync, part: SchemaPart): void {
    const before = new Map(this.#rows.map((row) => [keyOf(row), row]));
    const rows = rowsOf(database);
    const after = new Map(rows.map((row) => [keyOf(row), row]));
    for (const row of this.#rows) {
      if (after.get(keyOf(row))?.sql !== row.sql) this.#requireOwner(row, part);
    }
    const made = rows.filter((row) => !before.has(keyOf(row)));
    for (const row of made) {
      if (row.type === "table") requireName(row, part);
      // An index or a trigger changes the table that it is put on.
      else if (before.has(`table ${row.table}`)) this.#requireOwner(row, part);
    }
    addTables(this.#partByTable, made, part);
    this.#rows = rows;
  }

  #requireOwner(row: SchemaRow, part: SchemaPart): void {
    const owner = this.#partByTable.get(row.table);
    if (owner === part.name) return;
    const whose = owner === undefined ? "is not its own" : `belongs to "${owner}"`;
    throw new Error(`it changes ${row.type} "${row.name}", which ${whose}`);
  }
}

/** Runs one step. */
export function runStep(database: DatabaseSync, { up }: Migration): void {
  if (typeof up === "string") database.exec(up);
  else up(database);
}

function requireName({ name }: SchemaRow, { tablePrefix }: SchemaPart): void {
  if (tablePrefix === undefined) return;
  if (name === tablePrefix || name.startsWith(`${tablePrefix}_`)) return;
  throw new Error(
    `it makes table "${name}", must be called "${tablePrefix}" or begin with "${tablePrefix}_"`,
  );
}

function addTables(
  partByTable: Map<string, string>,
  rows: readonly SchemaRow[],
  { name: part }: SchemaPart,
): void {
  for (const { table } of rows) if (!partByTable.has(table)) partByTable.set(table, part);
}

function rowsOf(database: DatabaseSync): SchemaRow[] {
  return database.prepare(ALL_ROWS).all() as unknown as SchemaRow[];
}

function keyOf({ type, name }: SchemaRow): string {
  return `${type} ${name}`;
}
