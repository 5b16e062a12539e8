/**
 * Reads lines from given positions of an open file.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import { beginsWith } from "./file_identity.ts";
import { splitLines, type SplitResult } from "./line_splitter.ts";
import type { OpenFile } from "./open_file.ts";
import { MARK_BYTES } from "./trace.ts";

const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = new Uint8Array([0xef, 0xbb, 0xbf]);

/** Where to go on in a file. */
export interface Position {
  /** Bytes done with. */
  offset: number;
  /** True when `offset` is inside a line that was cut. */
  skipping: boolean;
  /** True when `offset` is inside a line whose beginning was given unfinished. */
  continuing: boolean;
}

/** How a block is read. */
interface BlockOptions extends Position {
  /** The bytes before `offset` as they were when they were read: at most {@linkcode MARK_BYTES}. */
  before: Uint8Array;
  /** The first bytes of the file as they were at the last look. */
  head: Uint8Array;
  maxLineBytes: number;
  /** What the end of the file says about the last line. */
  atEnd: "unknown" | "pause" | "nothing";
}

/** A block that was read. */
export interface Block extends SplitResult {
  /** Bytes by which the position moved; `consumed` without a byte order mark. */
  bytes: number;
  /** End of what was looked at: the end of the file, or the new position when there may be more. */
  seenTo: number;
  /** The bytes before the new position. */
  before: Uint8Array;
}

/**
 * Reads lines from a position on, as many as `buffer` holds beside {@linkcode MARK_BYTES}. Gives `undefined` when the bytes before
 * the position are not those that were read, or its first ones not those that were seen: then this is another content, and nothing of it is
 * taken. They are read together with the block, so that nothing can change in between.
 *
 * @throws an error of the system
 */
export function readBlock(
  file: OpenFile,
  buffer: Buffer,
  { offset, before, head, skipping, continuing, maxLineBytes, atEnd }: BlockOptions,
): Block | undefined {
  // The bytes before are read again with each block: they prove that the file is still the one that was read.
  const room = before.length + buffer.length - MARK_BYTES;
  const { length } = file.readAt(offset - before.length, buffer.subarray(0, room));
  // Where little or nothing was read, what was seen at the last look proves it.
  const known = offset === before.length && head.length > offset ? head.subarray(0, room) : before;
  if (!beginsWith(buffer.subarray(0, length), known)) return undefined;
  // A full buffer tells nothing about the end of the file.
  const isFull = length === room;
  const isMarked = offset === 0 && beginsWith(buffer.subarray(0, length), BYTE_ORDER_MARK);
  const skipped = isMarked ? BYTE_ORDER_MARK.length : 0;
  const follows = isFull ? "more" : atEnd;
  const block = buffer.subarray(before.length + skipped, length);
  const split = splitLines(block, { maxLineBytes, skipping, continuing, follows });
  const bytes = skipped + split.consumed;
  const end = before.length + bytes;
  const last = Uint8Array.from(buffer.subarray(Math.max(0, end - MARK_BYTES), end));
  // What lies behind the last whole line was seen too; only more bytes make it worth another read.
  const seenTo = offset + (isFull ? bytes : length - before.length);
  return { ...split, bytes, seenTo, before: last };
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
  const at = (offset: number, skipping = false) => ({ offset, skipping, continuing: false });
  if (newline >= 0) return at(from + newline + 1);
  // Longer than the longest line and without an end in sight: its rest is passed over.
  return from === 0 ? at(0) : at(size, true);
}
