/**
 * Which texts may be kept and told.
 *
 * @module
 */

import type { FileStatus } from "../../../platform/libc/file_status.ts";
import { Globs } from "../rules/globs.ts";
import { nameOf } from "../rules/paths.ts";

const OTHERS_MAY_READ = 0o004;

/** What may hold secrets whatever its mode says. */
const PRIVATE = new Globs([
  "*.key",
  "*.pem",
  "*.p12",
  "*.pfx",
  "*.jks",
  "*.kdbx",
  "id_*",
  ".netrc",
  ".pgpass",
  "*shadow*",
  "*secret*",
  "*password*",
]);

/** Whether the text of a file may be kept, and sent to where events go: never what is not for everybody. */
export function mayTellText(path: string, { mode }: Pick<FileStatus, "mode">): boolean {
  return (mode & OTHERS_MAY_READ) !== 0 && !PRIVATE.match(path, nameOf(path));
}
