/**
 * Makes a new database of what can be read in a damaged one.
 *
 * The tables are made by the statements that made them, so that a file of an older version is upgraded afterwards like any other;
 * where those cannot be read, by the steps of this program. Then every readable row is copied.
 *
 * @module
 */

import { DatabaseSync, type StatementSync } from "node:sqlite";
import { migrate } from "../migrate.ts";
import { createOwnFile } from "../../files/private_file.ts";
import type { Schema } from "../schema.ts";
import { PageFile } from "./page_file.ts";
import type { SqlValue } from "./record.ts";
import { type StoredRow, tableRows } from "./table_rows.ts";
import type { LogContents } from "./write_ahead_log.ts";

/** How a file is to be salvaged. */
export interface SalvageOptions {
  schema: Schema;
  /** Contents of the log beside the damaged file. */
  log: LogContents;
  /** Make the tables by the statements of the old file, not by the steps of this program. */
  trustStatements: boolean;
  /** Copied after all others, since the disk may be too small for them. */
  largeTables: readonly string[];
}

/** Tables of which something could not be read: how many pages and rows. */
export type LostPieces = Map<string, number>;

interface OldTable {
  name: string;
  root: number;
}

/**
 * Copies what is readable in the file at `path` to a new file at `target`, and flushes that to the disk.
 *
 * @throws what SQLite says when not even the tables can be made
 */
export function salvageDatabase(
  path: string,
  target: string,
  { schema, log, largeTables, trustStatements }: SalvageOptions,
): LostPieces {
  const lost: LostPieces = new Map();
  createOwnFile(target);
  using database = new DatabaseSync(target);
  // Nobody else knows this file yet: a crash means that it is made again.
  database.exec(`PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = MEMORY;
    PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY; BEGIN`);
  using file = new PageFile(path, log);
  const old = makeTables(database, { file, schema, trustStatements });
  const rank = ({ name }: OldTable) => largeTables.indexOf(name);
  for (const table of old.toSorted((a, b) => rank(a) - rank(b))) {
    copyTable(database, table, { file, lost });
  }
  database.exec("COMMIT; PRAGMA synchronous = FULL");
  flush(target);
  return lost;
}

/** Makes the tables, and says where their rows are in the old file. */
function makeTables(
  database: DatabaseSync,
  { file, schema, trustStatements }: {
    file: PageFile;
    schema: Schema;
    trustStatements: boolean;
  },
): OldTable[] {
  let isWhole = trustStatements;
  const rows = [...tableRows(file, 1, () => isWhole = false)].map(({ values }) => values);
  const tables = rows.filter(([type]) => type === "table")
    .map(([, name, , root]) => ({ name: String(name), root: Number(root) }));
  const version = userVersion(file);
  const hasVersions = version < schema.userVersion || isReadable(file, tables, "schema_version");
  if (isWhole && version > 0 && version <= schema.userVersion && hasVersions) {
    const statements = rows.filter(([, name, , , sql]) =>
      typeof sql === "string" && !String(name).startsWith("sqlite_")
    );
    for (const [, , , , sql] of statements) database.exec(String(sql));
    database.exec(`PRAGMA user_version = ${version}`);
    return tables;
  }
  database.exec("COMMIT");
  migrate(database, schema);
  database.exec("BEGIN");
  // The tables are of this program's versions, whatever the old file says of its own.
  return [...tables, ...guessTables(database, file, tables)]
    .filter(({ name }) => name !== "schema_version");
}

/** True when a table has rows and all of them can be read. */
function isReadable(file: PageFile, tables: readonly OldTable[], wanted: string): boolean {
  const table = tables.find(({ name }) => name === wanted);
  let isWhole = true;
  const rows = table === undefined ? [] : [...tableRows(file, table.root, () => isWhole = false)];
  return isWhole && rows.length > 0;
}

function userVersion(file: PageFile): number {
  const page = file.page(1);
  return page === undefined ? 0 : new DataView(page.buffer, page.byteOffset).getUint32(60);
}

/**
 * Finds the tables that a damaged first page does not name any more, by the form of their rows. Tables of one form are told apart by
 * their order, which is that of the steps that made them.
 */
function guessTables(
  database: DatabaseSync,
  file: PageFile,
  known: readonly OldTable[],
): OldTable[] {
  const missing = tableNames(database)
    .filter((name) => known.every((table) => table.name !== name));
  const roots = file.mappedChildren(0).filter((root) => known.every((old) => old.root !== root));
  return roots.flatMap((root) => {
    const [row] = tableRows(file, root, () => {});
    const index = missing.findIndex((name) =>
      row !== undefined && new RowCopier(database, name).fits(row)
    );
    const [name] = index < 0 ? [] : missing.splice(index, 1);
    return name === undefined ? [] : [{ name, root }];
  });
}

function tableNames(database: DatabaseSync): string[] {
  const rows = database.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rootpage",
  ).all();
  return rows.map(({ name }) => String(name));
}

function copyTable(
  database: DatabaseSync,
  { name, root }: OldTable,
  { file, lost }: { file: PageFile; lost: LostPieces },
): void {
  const onLost = () => lost.set(name, (lost.get(name) ?? 0) + 1);
  const copier = name === "sqlite_sequence"
    ? new SequenceCopier(database)
    : new RowCopier(database, name);
  for (const row of tableRows(file, root, onLost)) {
    if (!copier.copy(row)) onLost();
  }
}

/** Copies rows into one table. */
class RowCopier {
  readonly #columns: { name: string; isRowid: boolean; type: string }[];
  readonly #insert: StatementSync[];

  constructor(database: DatabaseSync, table: string) {
    this.#columns = columnsOf(database, table);
    // A row from before a column was added is shorter: one statement for each length.
    this.#insert = this.#columns.map((_, last) => {
      const names = this.#columns.slice(0, last + 1).map(({ name }) => name);
      const marks = names.map(() => "?").join(", ");
      return database.prepare(
        `INSERT OR REPLACE INTO "${table}" (${names.join(", ")}) VALUES (${marks})`,
      );
    });
  }

  /** Whether a row could be one of this table. */
  fits({ rowid, values }: StoredRow): boolean {
    const hasRowid = this.#columns.some(({ isRowid }) => isRowid);
    if ((rowid === undefined) === hasRowid || values.length > this.#columns.length) return false;
    return values.every((value, n) => isOfType(value, this.#columns[n]?.type ?? "ANY"));
  }

  /** False when the table does not take the row: it is not what it was. */
  copy({ rowid, values }: StoredRow): boolean {
    const insert = this.#insert[values.length - 1];
    if (insert === undefined) return false;
    const isRowid = (n: number) => this.#columns[n]?.isRowid === true;
    try {
      insert.run(...values.map((value, n) => isRowid(n) ? rowid ?? null : value));
      return true;
    } catch {
      return false;
    }
  }
}

/** Raises the counters of AUTOINCREMENT to what they were. */
class SequenceCopier {
  readonly #remove: StatementSync;
  readonly #insert: StatementSync;

  constructor(database: DatabaseSync) {
    this.#remove = database.prepare("DELETE FROM sqlite_sequence WHERE name = ?");
    this.#insert = database.prepare("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)");
  }

  copy({ values: [name, seq] }: StoredRow): boolean {
    if (typeof name !== "string" || typeof seq !== "number" || seq < 0) return false;
    this.#remove.run(name);
    this.#insert.run(name, seq);
    return true;
  }
}

/** The columns of a table in the order in which its rows hold them: without row ids the key comes first. */
function columnsOf(database: DatabaseSync, table: string) {
  const rows = database.prepare(`PRAGMA table_info("${table}")`).all();
  const columns = rows.map(({ name, type, pk }) => ({
    name: String(name),
    type: String(type),
    key: Number(pk),
  }));
  const [hasRowid] = database.prepare("PRAGMA table_list").all()
    .filter(({ schema, name }) => schema === "main" && name === table)
    .map(({ wr }) => wr === 0);
  const keys = columns.filter(({ key }) => key > 0).toSorted((a, b) => a.key - b.key);
  const ordered = hasRowid ? columns : [...keys, ...columns.filter(({ key }) => key === 0)];
  return ordered.map(({ name, type, key }) => ({
    name,
    type,
    isRowid: hasRowid === true && key > 0 && keys.length === 1 && type === "INTEGER",
  }));
}

function isOfType(value: SqlValue, type: string): boolean {
  if (value === null || type === "ANY") return true;
  if (type === "INTEGER") return typeof value === "number" || typeof value === "bigint";
  if (type === "TEXT") return typeof value === "string";
  return type === "BLOB" ? value instanceof Uint8Array : typeof value === "number";
}

function flush(path: string): void {
  using file = Deno.openSync(path, { read: true, write: true });
  file.syncSync();
}
