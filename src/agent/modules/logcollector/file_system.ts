/**
 * Looking at files without tripping over those that are not there.
 *
 * @module
 */

import { messageOf } from "../../../shared/errors.ts";

/**
 * What is at `path`, links followed; `undefined` when nothing is.
 *
 * @throws when that cannot be told
 */
export function statAt(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** True for the errors that mean that nothing is there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}

/**
 * Why the system refused, without the name of the call and the path that the caller names anyway.
 */
export function reasonOf(error: unknown): string {
  return messageOf(error).replace(/ \(os error \d+\).*$/s, "").toLowerCase();
}
