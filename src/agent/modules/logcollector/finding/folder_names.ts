/**
 * Which names in a folder rotations may have given to which log; each folder is listed once, however
 * many logs are in it.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { baseNamesOf } from "../rotation/copy_names.ts";
import { isCompressed } from "../rotation/generations.ts";

/** A name may escape one listing while it is given to another file. */
const LISTINGS = 2;
const COMPRESSED_ENDING = /\.gz$/;

/** The names in folders as they were when each was first asked for. */
export class FolderNames {
  readonly #folders = new Map<string, ReadonlyMap<string, string[]>>();

  /** Paths beside `log` that may be of rotated files of it, also compressed ones. */
  rotationsOf(log: string): readonly string[] {
    const folder = dirname(log);
    const byLog = this.#folders.get(folder) ?? byLogIn(folder);
    this.#folders.set(folder, byLog);
    return byLog.get(log) ?? [];
  }
}

function byLogIn(folder: string): Map<string, string[]> {
  const byLog = new Map<string, string[]>();
  for (const path of pathsIn(folder)) {
    const plain = isCompressed(path) ? path.replace(COMPRESSED_ENDING, "") : path;
    for (const base of new Set(baseNamesOf(plain).map((base) => base.path))) {
      const paths = byLog.get(base);
      if (paths) paths.push(path);
      else byLog.set(base, [path]);
    }
  }
  return byLog;
}

/** None when it cannot be listed. */
function pathsIn(folder: string): Set<string> {
  const paths = new Set<string>();
  try {
    for (let left = LISTINGS; left > 0; left--) {
      for (const { name, isFile } of Deno.readDirSync(folder)) {
        if (isFile) paths.add(join(folder, name));
      }
    }
  } catch {
    return paths;
  }
  return paths;
}
