/**
 * Which new path is an old one under another name.
 *
 * @module
 */

import type { FileStatus } from "../../../platform/libc/file_status.ts";
import { typeOf } from "../record/file_record.ts";
import { parentsOf } from "../rules/paths.ts";
import type { DueChange } from "./pending_changes.ts";
import { readMark } from "../record/record_codec.ts";
import type { Difference } from "../scan/comparison.ts";

/**
 * Pairs what is new with what is gone and was the same file: new path to old one. That it has the number of one that is gone is not
 * enough, since file systems give numbers out again at once: it must have been seen to move, by itself or with a folder that it is in.
 */
export function findRenames(
  differences: readonly Difference[],
  due: readonly DueChange[],
): Map<string, string> {
  const moves = new Map(due.flatMap(({ path, move }) => move === undefined ? [] : [[path, move]]));
  const gone = new Map<string, string>();
  for (const difference of differences) {
    if (difference.kind === "put" || difference.before === undefined) continue;
    const move = moveOf(difference.path, moves);
    if (move !== undefined) gone.set(`${move} ${fileOf(difference.before)}`, difference.path);
  }
  const renames = new Map<string, string>();
  for (const difference of differences) {
    if (gone.size === 0) break;
    if (difference.kind === "missing" || difference.before !== undefined) continue;
    const file = `${moveOf(difference.path, moves)} ${fileOf(difference.data)}`;
    const from = gone.get(file);
    if (from === undefined) continue;
    renames.set(difference.path, from);
    // Of two new names of a file only one is its old one's.
    gone.delete(file);
  }
  return renames;
}

/** The number of the move that a path took part in. */
function moveOf(path: string, moves: ReadonlyMap<string, number>): number | undefined {
  return [path, ...parentsOf(path)].map((one) => moves.get(one)).find((one) => one !== undefined);
}

/** What stays the same of a file whatever it is called. */
export function fileOf(data: Uint8Array): string {
  return fileOfStatus(readMark(data).status);
}

/** {@linkcode fileOf} of what was not stored yet. */
export function fileOfStatus(status: FileStatus): string {
  return `${status.device} ${status.inode} ${typeOf(status)}`;
}
