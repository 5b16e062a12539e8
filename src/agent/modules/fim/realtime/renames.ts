/**
 * Which new path is an old one under another name.
 *
 * @module
 */

import type { FileStatus } from "../../../platform/libc/file_status.ts";
import { typeOf } from "../record/file_record.ts";
import { readMark } from "../record/record_codec.ts";
import type { Difference } from "../scan/comparison.ts";

/** Pairs what is new with what is gone and was the same file: new path to old one. */
export function findRenames(differences: readonly Difference[]): Map<string, string> {
  const gone = new Map<string, string>();
  for (const difference of differences) {
    if (difference.kind === "missing" && difference.before !== undefined) {
      gone.set(fileOf(difference.before), difference.path);
    }
  }
  const renames = new Map<string, string>();
  for (const difference of differences) {
    if (gone.size === 0) break;
    if (difference.kind === "missing" || difference.before !== undefined) continue;
    const file = fileOf(difference.data);
    const from = gone.get(file);
    if (from === undefined) continue;
    renames.set(difference.path, from);
    // Of two new names of a file only one is its old one's.
    gone.delete(file);
  }
  return renames;
}

/** What stays the same of a file whatever it is called. */
export function fileOf(data: Uint8Array): string {
  return fileOfStatus(readMark(data).status);
}

/** {@linkcode fileOf} of what was not stored yet. */
export function fileOfStatus(status: FileStatus): string {
  return `${status.device} ${status.inode} ${typeOf(status)}`;
}
