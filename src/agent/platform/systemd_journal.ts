/**
 * Whether systemd keeps a journal here.
 *
 * @module
 */

import { join } from "node:path/posix";

/** In memory, and on the disk. */
const FOLDERS = ["run/log/journal", "var/log/journal"];
/** The journal of a machine lies in a folder that is called like the machine's id. */
const MACHINE_ID = /^[0-9a-f]{32}$/;

/**
 * Whether there is a journal, as far as this user can see.
 *
 * @param root folder in place of `/`, for tests
 */
export function hasJournal(root = "/"): boolean {
  return FOLDERS.some((folder) =>
    namesIn(join(root, folder)).some((name) => MACHINE_ID.test(name))
  );
}

function namesIn(folder: string): string[] {
  try {
    return Array.from(Deno.readDirSync(folder), ({ name }) => name);
  } catch {
    return [];
  }
}
