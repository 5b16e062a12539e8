/**
 * Looking at files without tripping over those that are not there.
 *
 * @module
 */

import { messageOf } from "../../../../shared/errors.ts";

/** What is asked about a file, by its path or by its handle. */
export type FileInfo = Pick<
  Deno.FileInfo,
  "dev" | "ino" | "size" | "nlink" | "uid" | "birthtime" | "mtime" | "isFile"
>;

/**
 * What is at `path`, links followed; `undefined` when nothing is.
 *
 * @throws when that cannot be told
 */
export function statAt(path: string): FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** `path` with every link resolved; as it is when nothing is there. */
export function realPathOf(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    return path;
  }
}

/** True for the errors that mean that nothing is there. */
export function isMissing(error: unknown): boolean {
  if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
    return true;
  }
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOENT" || code === "ENOTDIR";
}

/**
 * Why the system refused, without the name of the call and the path that the caller names anyway.
 */
export function reasonOf(error: unknown): string {
  const message = messageOf(error).replace(/^[A-Z]+: /, "");
  return message.replace(/ \(os error \d+\).*$/s, "").replace(/, (open|read|fstat)\b.*$/s, "")
    .toLowerCase();
}
