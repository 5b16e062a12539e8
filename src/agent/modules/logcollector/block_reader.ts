/**
 * Reads lines from given positions of an open file.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import { beginsWith } from "./file_identity.ts";
import { splitLines, type SplitResult } from "./line_splitter.ts";
import type { OpenFile } from "./open_file.ts";

const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = new Uint8Array([0xef, 0xbb, 0xbf]);

/** Where to go on in a file. */
export interface Position {
  /** Bytes done with. */
  offset: number;
  /** True when `offset` is inside a line that was cut. */
  skipping: boolean;
}

/** A block that was read. */
export interface Block extends SplitResult {
  /** Bytes by which the position moved; `consumed` without a byte order mark. */
  bytes: number;
  /** End of what was looked at: the end of the file, or the new position when there may be more. */
  seenTo: number;
}

/**
 * Reads lines from a position on, as many as `buffer` holds. `isLast` says that the end of the file
 * ends the last line.
 *
 * @throws an error of the system
 */
export function readBlock(
  file: OpenFile,
  buffer: Buffer,
  { offset, skipping, maxLineBytes, isLast }: Position & { maxLineBytes: number; isLast: boolean },
): Block {
  const { length } = file.readAt(offset, buffer);
  const isFull = length === buffer.length;
  const isMarked = offset === 0 && beginsWith(buffer.subarray(0, length), BYTE_ORDER_MARK);
  const skipped = isMarked ? BYTE_ORDER_MARK.length : 0;
  const follows = isFull ? "more" : isLast ? "nothing" : "unknown";
  const split = splitLines(buffer.subarray(skipped, length), { maxLineBytes, skipping, follows });
  const bytes = skipped + split.consumed;
  return { ...split, bytes, seenTo: offset + (isFull ? bytes : length) };
}

/**
 * The start of the last line of a file of `size` bytes, if it is not complete yet; else its end.
 *
 * @throws an error of the system
 */
export function startOfLastLine(file: OpenFile, size: number, maxLineBytes: number): Position {
  const from = Math.max(0, size - maxLineBytes);
  const end = file.readAt(from, new Uint8Array(size - from));
  const newline = end.lastIndexOf(NEWLINE);
  if (newline >= 0) return { offset: from + newline + 1, skipping: false };
  return from === 0 ? { offset: 0, skipping: false } : { offset: size, skipping: true };
}
