/**
 * What is known of a content beyond its first bytes: digests of the bytes just before positions to
 * which it was read.
 *
 * Two files may begin alike for a kilobyte and more, and a truncated file may grow past its old
 * position under the same banner. Whether a file still holds what was read, or a copy of it, is
 * told by the bytes before the position itself, or before one of the last positions, as a copy may
 * have been made a little before the last bytes came.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { carries, digest, type Fingerprint } from "./file_identity.ts";
import type { OpenFile } from "./open_file.ts";

/** Bytes before a position that its mark covers, or all there are. */
export const MARK_BYTES = 1024;
/** Marks that are kept: a copy may end a few looks before the end of what was read. */
const MARKS = 8;

/** The bytes before `offset`, as a digest. */
export interface Mark {
  offset: number;
  sha256: string;
}

/** What is known of a content that was read to the last mark. */
export interface Trace {
  fingerprint: Fingerprint;
  /** Rising; none when nothing was read, or when an agent that knew no marks did it. */
  marks: readonly Mark[];
}

/** A content that is in its file no longer, as the file was truncated. */
export interface PastContent extends Trace {
  /** Bytes of it at the last look. */
  size: number;
  /** Bytes of it that a copy was seen to have. */
  saved: number;
  /** True once what was lost of it stands in the ledger. */
  told: boolean;
}

/** How far a content was read. */
export function readTo({ marks }: Trace): number {
  return marks.at(-1)?.offset ?? 0;
}

/** True when the content of the trace had what `mark` covers. */
export function hasMark({ marks }: Trace, { offset, sha256 }: Mark): boolean {
  return marks.some((mark) => mark.offset === offset && mark.sha256 === sha256);
}

/** The mark of a position that these bytes lead to. */
export function markOf(offset: number, bytesBefore: Uint8Array): Mark {
  return { offset, sha256: digest(bytesBefore) };
}

/** Adds a mark; the oldest go. */
export function addMark(marks: readonly Mark[], mark: Mark): Mark[] {
  return [...marks.filter(({ offset }) => offset < mark.offset), mark].slice(-MARKS);
}

/** The bytes that a mark at `offset` covers. @throws an error of the system */
export function bytesBefore(file: OpenFile, offset: number): Uint8Array {
  const from = Math.max(0, offset - MARK_BYTES);
  return file.readAt(from, new Uint8Array(offset - from));
}

/**
 * How far a file of `size` bytes is known to hold the content of the trace: the last mark that is
 * not behind its end. 0 when it holds something else there, or when nothing can be told.
 *
 * @throws an error of the system
 */
export function holds(
  file: OpenFile,
  { size, head }: { size: number; head: Uint8Array },
  { fingerprint, marks }: Trace,
): number {
  const mark = marks.findLast(({ offset }) => offset <= size);
  // A mark before the end of the fingerprint covers everything from the beginning itself.
  const isAlike = mark && (fingerprint.length > mark.offset || carries(head, fingerprint));
  if (!mark || !isAlike) return 0;
  return digest(bytesBefore(file, mark.offset)) === mark.sha256 ? mark.offset : 0;
}

const COMPARED_BYTES = 64 * 1024;
/** Beyond this many blocks, blocks evenly spread stand for all. */
const COMPARED_BLOCKS = 1024;

/**
 * How many of the first `length` bytes are the same in both files now.
 *
 * @throws an error of the system
 */
export function sharedLength(a: OpenFile, b: OpenFile, length: number): number {
  const blocks = Math.ceil(length / COMPARED_BYTES);
  const stride = Math.max(1, blocks / COMPARED_BLOCKS);
  for (let step = 0; step * stride < blocks; step++) {
    const from = Math.floor(step * stride) * COMPARED_BYTES;
    const size = Math.min(COMPARED_BYTES, length - from);
    const same = sharedInBlock(a, b, { from, size });
    if (same < size) return from + same;
  }
  const from = Math.max(0, length - COMPARED_BYTES);
  return from + sharedInBlock(a, b, { from, size: length - from });
}

function sharedInBlock(
  a: OpenFile,
  b: OpenFile,
  { from, size }: { from: number; size: number },
): number {
  const left = a.readAt(from, new Uint8Array(size));
  const right = b.readAt(from, new Uint8Array(size));
  if (Buffer.compare(left, right) === 0) return left.length;
  const differs = left.findIndex((byte, index) => byte !== right[index]);
  return differs < 0 ? Math.min(left.length, right.length) : differs;
}
