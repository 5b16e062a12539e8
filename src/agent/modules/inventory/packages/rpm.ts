/**
 * Packages of rpm: its SQLite database is read, other databases (ndb, Berkeley DB) are left to `rpm` itself.
 *
 * @module
 */

import { parseRpmHeader } from "../formats/rpm_header.ts";
import { parseRpmQuery, RPM_QUERY_FORMAT } from "../formats/rpm_query.ts";
import type { Machine } from "../machine.ts";
import type { Package } from "./package.ts";
import { openRpmDatabase } from "./rpm_database.ts";
import { EntryReader, naming, type PackageSource, type SourceContext } from "./source.ts";

const FOLDERS = ["/usr/lib/sysimage/rpm", "/var/lib/rpm"] as const;
const SQLITE = "rpmdb.sqlite";
const HEADERS = "SELECT blob FROM Packages ORDER BY hnum";
/** Of ndb and Berkeley DB. */
const OTHERS = ["Packages.db", "Packages"] as const;

/** Reads the database of rpm. */
export const rpm: PackageSource = {
  kind: "rpm",
  databases: () =>
    FOLDERS.flatMap((folder) =>
      [SQLITE, `${SQLITE}-wal`, ...OTHERS].map((name) => `${folder}/${name}`)
    ),
  detect: (machine) => sqliteOf(machine) !== undefined || hasOther(machine),
  read(context) {
    const path = sqliteOf(context.machine);
    return path === undefined ? byCommand(context) : fromSqlite(context, path);
  },
};

/** The headers of all packages; none when there is no such database. */
export function* rpmHeaders(machine: Machine): Generator<Uint8Array> {
  const path = sqliteOf(machine);
  if (path !== undefined) yield* headersIn(machine.real(path));
}

function sqliteOf(machine: Machine): string | undefined {
  return FOLDERS.map((folder) => `${folder}/${SQLITE}`)
    .find((path) => machine.exists(path));
}

function hasOther(machine: Machine): boolean {
  return FOLDERS.some((folder) => OTHERS.some((name) => machine.exists(`${folder}/${name}`)));
}

function fromSqlite({ machine, note }: SourceContext, database: string): Package[] {
  const path = machine.real(database);
  const packages: Package[] = [];
  const entries = new EntryReader((problem) => note(`"${path}": ${problem}`));
  return naming(path, () => {
    for (const blob of headersIn(path)) {
      const one = entries.read(() => parseRpmHeader(blob));
      if (one !== undefined) packages.push(one);
    }
    entries.end();
    return packages;
  });
}

function* headersIn(path: string): Generator<Uint8Array> {
  using opened = openRpmDatabase(path);
  // Row by row: a header with the names of all files can have megabytes.
  for (const { blob } of opened.database.prepare(HEADERS).iterate()) {
    // Whatever else stands there is no header: it is refused as one that is too short.
    yield blob instanceof Uint8Array ? blob : new Uint8Array();
  }
}

async function byCommand({ machine, signal }: SourceContext): Promise<Package[]> {
  if (!machine.isOwn) {
    throw new Error(
      `the rpm database below "${machine.root}" is none of SQLite, and only rpm itself can read it`,
    );
  }
  const text = await machine.run("rpm", ["-qa", "--qf", RPM_QUERY_FORMAT], signal);
  if (text === undefined) {
    throw new Error("there is a database of rpm that only rpm can read, and no program rpm");
  }
  return parseRpmQuery(text);
}
