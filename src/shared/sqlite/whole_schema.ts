/**
 * Whether a file has the tables that its steps made. SQLite reads a statement of the schema in which the disk changed a byte as it
 * then is: a column under another name is found only by who asks for it, perhaps hours later.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { DamagedDatabaseError } from "./damage.ts";
import { newestVersion, type PartVersions, type Schema, type SchemaPart } from "./schema.ts";
import { runStep } from "./table_owners.ts";

const STATEMENTS = `
  SELECT type || ' "' || name || '"' AS what, sql FROM sqlite_schema WHERE sql IS NOT NULL`;

/** Parts whose tables this program knows as they are: a newer one has changed those of the others. */
function knownParts(parts: readonly SchemaPart[], versions: PartVersions): SchemaPart[] {
  return parts.filter((part) => (versions[part.name] ?? 0) <= newestVersion(part));
}

/**
 * Compares a file whose parts are at `versions` with one in memory. What belongs to parts that this program does not have is not
 * looked at.
 *
 * @returns the first table or index that later steps make and that is there all the same: then a version is not what it was
 * @throws {DamagedDatabaseError} naming a table or index that is not what it was made
 */
export function requireWholeSchema(
  database: DatabaseSync,
  allParts: readonly SchemaPart[],
  versions: PartVersions,
): string | undefined {
  const parts = knownParts(allParts, versions);
  const found = statementsIn(database);
  using scratch = new DatabaseSync(":memory:");
  for (const part of parts) run(scratch, part, 0, versions[part.name] ?? 0);
  const expected = statementsIn(scratch);
  for (const [what, sql] of expected) {
    if (found.get(what) === sql) continue;
    throw new DamagedDatabaseError(`${what} is not what it was made`);
  }
  try {
    for (const part of parts) run(scratch, part, versions[part.name] ?? 0);
  } catch {
    // A step that is wrong in itself fails in the file as well, and is told then.
    return undefined;
  }
  return [...statementsIn(scratch).keys()].find((what) => !expected.has(what) && found.has(what));
}

/**
 * {@linkcode requireWholeSchema} for a file whose steps have all been run, and perhaps some that only a newer program knows.
 *
 * @throws {DamagedDatabaseError}
 */
export function requireNewestSchema(database: DatabaseSync, { parts }: Schema): void {
  const inFile = versionsIn(database);
  const versions = parts.map((part) =>
    [part.name, Math.max(newestVersion(part), inFile.get(part.name) ?? 0)] as const
  );
  requireWholeSchema(database, parts, Object.fromEntries(versions));
}

function versionsIn(database: DatabaseSync): Map<string, number> {
  const rows = database.prepare("SELECT part, version FROM schema_version").all();
  return new Map(rows.map(({ part, version }) => [String(part), Number(version)]));
}

function run(database: DatabaseSync, { migrations }: SchemaPart, from: number, to?: number): void {
  for (const step of migrations.slice(from, to)) runStep(database, step);
}

function statementsIn(database: DatabaseSync): Map<string, string> {
  const rows = database.prepare(STATEMENTS).all();
  return new Map(rows.map(({ what, sql }) => [String(what), String(sql)]));
}
