/**
 * Sets a file where reading begins, according to what was decided about it.
 *
 * @module
 */

import type { FileCheckpoint } from "../files/checkpoint.ts";
import type { FileTail } from "../files/file_tail.ts";

const NEWLINE = 0x0a;

/**
 * Everything the file has stands in the original, which was or will be read. That may yet turn out
 * not to be so.
 *
 * @throws an error of the system
 */
export function passOver(file: FileTail, original: FileTail): void {
  const { offset: from } = file;
  file.reading.jump(file.size);
  file.copy.passOver(original.copy.copyOf || original.key, { from, to: file.offset });
}

/**
 * The first `bytes` of the file have been read through another one. A copy may have grown to them
 * since the last look.
 *
 * @throws an error of the system
 */
export function goOnAt(file: FileTail, bytes: number): void {
  file.reading.jump(bytes);
  file.copy.markOwn();
}

/**
 * The first `bytes` of the file stand in one that was passed over up to there, perhaps within a line:
 * that line is read whole.
 *
 * @throws an error of the system
 */
export function goOnAtLine(file: FileTail, bytes: number): void {
  file.reading.jump(bytes);
  file.reading.jump(file.offset - bytesBehindNewline(file.content.before));
  file.copy.markOwn();
}

function bytesBehindNewline(before: Uint8Array): number {
  const newline = before.lastIndexOf(NEWLINE);
  // Nobody knows where a line begins that is longer than what is remembered.
  return newline < 0 ? 0 : before.length - 1 - newline;
}

/** What was taken for a copy is none: reads what was passed over. @throws an error of the system */
export function readCopied(file: FileTail): void {
  if (file.copy.copied > 0) file.reading.jump(file.ownTo);
  file.copy.markOwn();
}

/** {@linkcode readCopied} for a file that is not open: when it is opened it is decided about anew. */
export function withoutPassingOver(checkpoint: FileCheckpoint): FileCheckpoint {
  const { own_to } = checkpoint;
  const { done: _done, cut: _cut, ...rest } = checkpoint;
  return {
    ...rest,
    offset: own_to,
    skipping: false,
    continuing: false,
    copied: own_to,
    copy_of: "",
    prefix_of: "",
    // They are of where it was passed over to.
    marks: [],
  };
}
