/**
 * Paths with `*`, `?` and `[…]` in them.
 *
 * @module
 */

import { matchesGlob } from "node:path";
import type { FileAccess } from "./file_access.ts";

const MAGIC = /[*?[]/;
/** More are not looked at. */
const MAX_PATHS = 10_000;

/** The paths that a path stands for, in their order; itself when nothing in it stands for names, or it is there as it is. */
export function expandPath(path: string, files: FileAccess): string[] {
  if (!MAGIC.test(path) || files.kindOf(path) !== "absent") return [path];
  let paths = [""];
  for (const part of path.split("/").slice(1)) {
    paths = MAGIC.test(part)
      ? paths.flatMap((folder) => named(folder, part, files))
      : paths.map((folder) => `${folder}/${part}`);
    paths.length = Math.min(paths.length, MAX_PATHS);
  }
  return paths.filter((one) => files.kindOf(one) !== "absent");
}

/** What begins with a dot is only meant by what begins with one. */
function named(folder: string, glob: string, files: FileAccess): string[] {
  const listed = files.list(folder === "" ? "/" : folder);
  if ("missing" in listed) return [];
  return listed.entries.map(({ name }) => name)
    .filter((name) => (glob.startsWith(".") || !name.startsWith(".")) && matchesGlob(name, glob))
    .map((name) => `${folder}/${name}`);
}
