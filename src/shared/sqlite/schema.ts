/**
 * What a database consists of: parts, each with tables of its own and numbered steps that made them what they are.
 *
 * One version a part: the queue can gain a column without the journal knowing, and a module brings its tables with it. The
 * versions stand in the table `schema_version`. `PRAGMA user_version` says how the file as a whole is to be read: it is raised
 * only when a program that knows nothing of this table, or not enough of a part, must keep its hands off.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";

/** One step of a part, from the version before to `version`. Once released it is never edited: files were made by it. */
export interface Migration {
  /** 1 for the first step of a part, then one more each. */
  version: number;
  /**
   * SQL text, or a function for what SQL cannot say. It runs inside the transaction of all pending steps: it must neither begin nor
   * end one, and touch nothing but the tables of its own part; a step that changes or drops another's is refused. It may be run again
   * in an empty database, to learn which tables it makes.
   */
  up: string | ((database: DatabaseSync) => void);
  /**
   * Whether a program that does not know this step may use a file that has had it, and write to it: the step only adds what such a
   * program leaves alone, such as a table, or a column with a default. @default false
   */
  isAdditive?: boolean;
}

/** The tables of one part of a program, and how they came to be. */
export interface SchemaPart {
  /** Name in `schema_version`. Never changed, and never used again for something else. */
  name: string;
  migrations: readonly Migration[];
  /** Its tables are called so, or begin with it and `_`. @default they are called anything */
  tablePrefix?: string;
}

/** Versions of parts by name. A part that is not listed has not been made. */
export type PartVersions = Readonly<Record<string, number>>;

/** Everything that a database is made of. */
export interface Schema {
  /** `PRAGMA user_version` of a file with the table `schema_version`: higher than any that files without it have. */
  userVersion: number;
  /**
   * What a file holds that is older than `schema_version`: by its `user_version`, the version of each part.
   *
   * @default no such file was ever made
   */
  before?: Readonly<Record<number, PartVersions>>;
  /** In the order in which their steps run: a part may read the tables of those before it. */
  parts: readonly SchemaPart[];
}

/** The version to which the steps of a part lead. */
export function newestVersion({ migrations }: SchemaPart): number {
  return migrations.at(-1)?.version ?? 0;
}

/** The version from which on programs may use a file whose part is at the newest one. */
export function readableFrom({ migrations }: SchemaPart): number {
  const last = migrations.findLast(({ isAdditive = false }) => !isAdditive);
  return last?.version ?? 0;
}

/**
 * Checks what a program says of its own tables.
 *
 * @throws {TypeError} when a part is named twice or its steps do not count 1, 2, 3 …
 */
export function checkParts(parts: readonly SchemaPart[]): void {
  const names = new Set<string>();
  for (const { name, migrations } of parts) {
    if (names.has(name)) throw new TypeError(`Two parts of the schema are called "${name}"`);
    names.add(name);
    migrations.forEach(({ version }, index) => {
      if (version === index + 1) return;
      throw new TypeError(
        `Step ${index + 1} of schema "${name}" leads to version ${version}: it must be ${
          index + 1
        }`,
      );
    });
  }
}
