/**
 * Puts a new database with all that could be read in the place of a damaged one, in steps that a crash may interrupt:
 *
 * | on the disk                | what happens next                                        |
 * | -------------------------- | -------------------------------------------------------- |
 * | `<path>.salvaging`         | it is not complete: removed, and made again              |
 * | `<path>.salvaged`, `<path>` | the damaged one is moved away, the new one in its place |
 * | `<path>.salvaged`          | the new one is moved in its place                        |
 *
 * @module
 */

import { existsSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { setAside, setAsideName } from "../damage.ts";
import { openDatabaseFile } from "../open.ts";
import { type LostPieces, salvageDatabase, type SalvageOptions } from "./salvage.ts";

/** Options of {@linkcode replaceDamaged}. */
interface ReplaceOptions extends SalvageOptions {
  /** Wall clock, for the name of the damaged file. */
  nowMs: number;
  /** Brings the new database into order before it is used, in one transaction. */
  mend: (database: DatabaseSync, found: Salvaged) => void;
}

/** What is known of the damaged file once the new one is made. */
export interface Salvaged {
  setAsideAs: string;
  lost: LostPieces;
}

/**
 * Replaces the damaged database at `path`; returns the name that it has now.
 *
 * @throws what SQLite or the file system says; then the damaged one is where it was
 */
export function replaceDamaged(path: string, options: ReplaceOptions): string {
  const { schema, nowMs, mend } = options;
  const draft = `${path}.salvaging`;
  removeDatabase(draft);
  const setAsideAs = setAsideName(path, nowMs);
  try {
    const lost = salvageDatabase(path, draft, options);
    const database = openDatabaseFile(draft, { schema, shrinkable: true });
    try {
      mend(database, { setAsideAs, lost });
    } finally {
      database.close();
    }
  } catch (error) {
    removeDatabase(draft);
    throw error;
  }
  Deno.renameSync(draft, `${path}.salvaged`);
  setAside(path, nowMs, setAsideAs);
  Deno.renameSync(`${path}.salvaged`, path);
  return setAsideAs;
}

/** Goes on with a replacement that a crash interrupted. */
export function finishReplacement(path: string, nowMs: number): void {
  removeDatabase(`${path}.salvaging`);
  if (!existsSync(`${path}.salvaged`)) return;
  setAside(path, nowMs);
  Deno.renameSync(`${path}.salvaged`, path);
}

function removeDatabase(path: string): void {
  for (const suffix of ["", "-wal", "-shm"]) {
    if (existsSync(path + suffix)) Deno.removeSync(path + suffix);
  }
}
