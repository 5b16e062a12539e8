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
import { messageOf } from "../../errors.ts";
import { setAside, setAsideName } from "../damage.ts";
import { openDatabaseFile } from "../open.ts";
import { requireNewestSchema } from "../whole_schema.ts";
import { type LostPieces, salvageDatabase, type SalvageOptions } from "./salvage.ts";

/** Options of {@linkcode replaceDamaged}. */
interface ReplaceOptions extends Omit<SalvageOptions, "trustStatements"> {
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
 * @throws what SQLite or the file system says; then the damaged one is where it was, and a draft beside it
 */
export function replaceDamaged(path: string, options: ReplaceOptions): string {
  const { nowMs } = options;
  const draft = `${path}.salvaging`;
  const setAsideAs = setAsideName(path, nowMs);
  const make = (salvage: () => LostPieces) => {
    removeDatabase(draft);
    mendDraft(draft, { options, setAsideAs, lost: salvage() });
  };
  firstThatWorks([
    () => make(() => salvageDatabase(path, draft, { ...options, trustStatements: true })),
    // A byte of a statement is wrong, and what it makes is not what this program needs.
    () => make(() => salvageDatabase(path, draft, { ...options, trustStatements: false })),
    () => make(() => new Map()),
  ]);
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

function mendDraft(
  draft: string,
  { options, setAsideAs, lost }: Salvaged & { options: ReplaceOptions },
): void {
  const database = openDatabaseFile(draft, { schema: options.schema, shrinkable: true });
  try {
    requireNewestSchema(database, options.schema);
    options.mend(database, { setAsideAs, lost });
  } finally {
    database.close();
  }
}

/** Tries one after the other; a full disk stands in the way of all of them. */
function firstThatWorks(attempts: readonly (() => void)[]): void {
  let failure: unknown;
  for (const attempt of attempts) {
    try {
      return attempt();
    } catch (error) {
      if (/disk is full|no space/i.test(messageOf(error))) throw error;
      failure = error;
    }
  }
  throw failure;
}

function removeDatabase(path: string): void {
  for (const suffix of ["", "-wal", "-shm"]) {
    if (existsSync(path + suffix)) Deno.removeSync(path + suffix);
  }
}
