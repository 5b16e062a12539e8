/**
 * Files that hold a secret: passwords, tokens, keys.
 *
 * @module
 */

import { whyUnusable } from "./file_trouble.ts";

const OTHERS_MAY_READ = 0o077;

/**
 * The text of a file that only its owner may read.
 *
 * @throws Error naming the file when it can't be read, or others may read it too
 */
export function readSecretFile(path: string): string {
  try {
    const { mode } = Deno.statSync(path);
    // Windows has no modes.
    if (mode !== null && (mode & OTHERS_MAY_READ) !== 0) {
      const shown = (mode & 0o777).toString(8).padStart(4, "0");
      throw new Error(`others may use it (mode ${shown}), make it 0600`);
    }
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new Error(`Cannot use secret file "${path}": ${whyUnusable(error)}`);
  }
}

/**
 * The first line of such a file.
 *
 * @throws Error as {@linkcode readSecretFile}, and when the line is empty
 */
export function readSecretLine(path: string): string {
  const line = readSecretFile(path).split(/\r?\n/, 1)[0]?.trim() ?? "";
  if (line === "") throw new Error(`Cannot use secret file "${path}": its first line is empty`);
  return line;
}
