/**
 * Reads lines from given positions of an open file.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { beginsWith } from "../files/file_identity.ts";
import { byteOrderMark, indexOfNewline, type TextEncoding } from "../formats/text_encoding.ts";
import { splitLines } from "./line_splitter.ts";
import type { ByteRange, SplitOptions, SplitResult } from "./split_result.ts";
import type { OpenFile } from "../files/open_file.ts";
import { MARK_BYTES } from "../files/trace.ts";

const NEWLINE = 0x0a;

/** Where to go on in a file. */
export interface Position {
  /** Bytes done with. */
  offset: number;
  /** True when `offset` is inside a line that was cut. */
  skipping: boolean;
  /** True when `offset` is inside a line whose beginning was given unfinished. */
  continuing: boolean;
  /** Bytes behind `offset` that are done with; left out for none. */
  done?: ByteRange[];
  /** Streams whose first line goes on with an event that was cut; left out for none. */
  cut?: string[];
}

/** Makes events of a block, where its location asks for more than lines. */
export type SplitBlock = (
  block: Buffer,
  options: SplitOptions & {
    offset: number;
    done: readonly ByteRange[];
    cut: readonly string[];
    marked: TextEncoding | undefined;
  },
) => SplitResult;

/** How a block is read. */
interface BlockOptions extends Position {
  /** The bytes before `offset` as they were when they were read: at most {@linkcode MARK_BYTES}. */
  before: Uint8Array;
  /** The first bytes of the file as they were at the last look. */
  head: Uint8Array;
  maxLineBytes: number;
  /** What the end of the file says about the last line. */
  atEnd: "unknown" | "pause" | "nothing";
  split?: SplitBlock | undefined;
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
  options: BlockOptions,
): Block | undefined {
  const { offset, before, head, atEnd } = options;
  // The bytes before are read again with each block: they prove that the file is still the one that was read.
  const room = before.length + buffer.length - MARK_BYTES;
  const { length } = file.readAt(offset - before.length, buffer.subarray(0, room));
  // Where little or nothing was read, what was seen at the last look proves it.
  const known = offset === before.length && head.length > offset ? head.subarray(0, room) : before;
  if (!beginsWith(buffer.subarray(0, length), known)) return undefined;
  // A full buffer tells nothing about the end of the file.
  const isFull = length === room;
  const mark = byteOrderMark(offset === 0 ? buffer.subarray(0, length) : head);
  const skipped = offset === 0 ? mark?.bytes ?? 0 : 0;
  const follows = isFull ? "more" : atEnd;
  const block = buffer.subarray(before.length + skipped, length);
  const split = splitAs(block, { ...options, offset: offset + skipped, follows }, mark?.encoding);
  const bytes = skipped + split.consumed;
  const end = before.length + bytes;
  const last = Uint8Array.from(buffer.subarray(Math.max(0, end - MARK_BYTES), end));
  // What lies behind the last whole line was seen too; only more bytes make it worth another read.
  const isAll = !isFull && split.ready?.stopped !== true;
  const seenTo = offset + (isAll ? length - before.length : bytes);
  return { ...split, bytes, seenTo, before: last };
}

function splitAs(
  block: Buffer,
  options: BlockOptions & Pick<SplitOptions, "follows">,
  marked: TextEncoding | undefined,
): SplitResult {
  const { split, offset, skipping, continuing, maxLineBytes, follows } = options;
  const { done = [], cut = [] } = options;
  const plain = { maxLineBytes, skipping, continuing, follows };
  return split ? split(block, { ...plain, offset, done, cut, marked }) : splitLines(block, plain);
}

/**
 * The start of the last line of a file of `size` bytes, if it is not complete yet; else its end.
 *
 * @throws an error of the system
 */
export function startOfLastLine(
  file: OpenFile,
  size: number,
  { maxLineBytes, head, encoding: unmarked }: {
    maxLineBytes: number;
    /** The first bytes of the file. */
    head: Uint8Array;
    encoding?: TextEncoding | undefined;
  },
): Position {
  const encoding = byteOrderMark(head)?.encoding ?? unmarked;
  const { unitBytes = 1 } = encoding ?? {};
  const whole = size - size % unitBytes;
  const from = Math.max(0, whole - maxLineBytes + maxLineBytes % unitBytes);
  const end = Buffer.alloc(whole - from);
  file.readAt(from, end);
  const behind = behindLastNewline(end, encoding);
  const at = (offset: number, skipping = false) => ({ offset, skipping, continuing: false });
  if (behind !== undefined) return at(from + behind);
  // Longer than the longest line and without an end in sight: its rest is passed over.
  return from === 0 ? at(0) : at(whole, true);
}

function behindLastNewline(bytes: Buffer, encoding: TextEncoding | undefined): number | undefined {
  if (!encoding || encoding.unitBytes === 1) {
    const newline = bytes.lastIndexOf(NEWLINE);
    return newline === -1 ? undefined : newline + 1;
  }
  let behind: number | undefined;
  const next = (from: number) => indexOfNewline(bytes, from, encoding);
  for (let at = next(0); at !== -1; at = next(behind)) behind = at + encoding.unitBytes;
  return behind;
}
