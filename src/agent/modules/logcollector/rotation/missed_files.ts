/**
 * What goes into the ledger of files that are gone.
 *
 * @module
 */

import type { AbsentFile } from "./absent_files.ts";
import { type Remembered, serializeCheckpoint } from "../files/checkpoint.ts";
import { hasMarkBehind } from "./generations.ts";
import { isUnseen } from "../files/packed_file.ts";
import type { PendingGroup } from "../pending_group.ts";
import { checkpointOf } from "../files/tail_checkpoint.ts";
import type { TailSet } from "../files/tail_set.ts";

/** Puts into the ledger which remembered files are gone with what was not read of them, but for those of a log that was put off. */
export function noteMissed(
  set: TailSet,
  group: PendingGroup,
  isPutOff: (log: string) => boolean,
): void {
  for (const absent of set.absent.missed) {
    if (isPutOff(absent.checkpoint.log)) continue;
    set.noteFound(absent.key, group);
    // What it holds stands in the file that it was made of.
    if (absent.checkpoint.prefix_of === "") lose(set, absent, group);
  }
}

function lose(set: TailSet, { key, checkpoint }: AbsentFile, group: PendingGroup): void {
  const { path, size, offset } = checkpoint;
  if (isUnseen(checkpoint)) return set.loseFile(path, 0, group);
  // To a file that the rotation of another log has put aside nobody writes.
  const isRotated = set.tails.some(({ log }) => hasMarkBehind(log, path));
  if (size === offset) return isRotated ? undefined : set.loseFile(path, 0, group);
  const { followed, closed } = set.doubtCopiesOf(key, offset, group);
  // What the longest copy has is not lost with the original.
  const saved = Math.max(offset, ...[...followed, ...closed].map((copy) => copy.size));
  if (size > saved) set.loseFile(path, size - saved, group);
}

/** Puts into the ledger what is not stored of files that no name leads to any more. */
export function noteUnread(set: TailSet, { files }: Remembered, group: PendingGroup): void {
  for (const tail of set.tails.filter((tail) => tail.deleted && !tail.packed)) {
    const bytes = Math.max(0, tail.size - (files.get(tail.key)?.offset ?? 0));
    // What its log goes on with is told by what it went on from.
    const left = { ...checkpointOf(tail), moved: true, missed: true };
    group.set({ key: tail.key, value: serializeCheckpoint(left) });
    if (bytes > 0 && tail.copy.prefixOf === "") set.loseFile(tail.path, bytes, group);
  }
}
