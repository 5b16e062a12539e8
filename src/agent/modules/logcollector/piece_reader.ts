/**
 * Reads pieces of followed files into a group, and counts what is in them.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Clock } from "../../../shared/clock.ts";
import type { EventSink } from "../collector.ts";
import type { Block } from "./block_reader.ts";
import type { FileTail } from "./file_tail.ts";
import { encodeLines } from "./line_encoder.ts";
import type { SplitCounts } from "./line_splitter.ts";
import type { PendingGroup } from "./pending_group.ts";
import { remember } from "./tail_set.ts";
import { MARK_BYTES } from "./trace.ts";

/**
 * Bytes read at once. Strings of up to 128 KiB die young in V8's nursery, larger ones make its heap grow: an event is about
 * 1.5 times its line.
 */
const PIECE_BYTES = 80 * 1024;

/** Where a piece goes. */
interface Target {
  group: PendingGroup;
  buffer: Buffer;
}

/** Reads blocks of files. */
export class PieceReader {
  /** What was met in the lines so far. */
  readonly counts: SplitCounts = {
    empty_lines: 0,
    cut_lines: 0,
    cut_bytes: 0,
    invalid_utf8_lines: 0,
    nul_bytes: 0,
  };
  readonly #options: { blockBytes: number; maxLineBytes: number };
  readonly #clock: Clock;

  constructor(options: { blockBytes: number; maxLineBytes: number }, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** A buffer of the size that pieces need. */
  buffer(): Buffer {
    const { blockBytes, maxLineBytes } = this.#options;
    const bytes = Math.max(Math.min(blockBytes, PIECE_BYTES), maxLineBytes + 3);
    return Buffer.allocUnsafe(MARK_BYTES + bytes);
  }

  /**
   * Reads a block of a file and calls `onRead` when there was something. Whatever ends the reading,
   * the position of what was read goes into the group with it.
   *
   * @throws an error of the system
   */
  read(
    tail: FileTail,
    target: Target,
    { nowMs, onRead }: { nowMs: number; onRead: () => void },
  ): void {
    let bytes = 0;
    try {
      for (let piece = 1; piece > 0 && bytes < this.#options.blockBytes; bytes += piece) {
        piece = this.#take(tail.read(target.buffer, nowMs), tail, target.group);
      }
    } finally {
      if (bytes > 0) {
        remember(tail, target.group);
        onRead();
      }
    }
  }

  /** Reads a file to its end, its unfinished last line included. */
  async readLast(
    tail: FileTail,
    { group, buffer }: Target,
    { sink, signal }: { sink: EventSink; signal: AbortSignal },
  ): Promise<void> {
    while (this.#take(tail.readLast(buffer), tail, group) > 0) {
      remember(tail, group);
      await group.flush(sink, signal);
    }
  }

  /** Bytes by which the file's position moved. */
  #take(piece: Block | undefined, { path }: FileTail, group: PendingGroup): number {
    if (piece === undefined || piece.bytes === 0) return 0;
    const created = new Date(this.#clock.now()).toISOString();
    group.add(encodeLines(piece.lines, { path, created }), piece.bytes);
    this.#count(piece.counts);
    const { cut_bytes: bytes } = piece.counts;
    if (bytes > 0) {
      group.lose({ events: 0, bytes, reason: "rest of a line too long", detail: path });
    }
    return piece.bytes;
  }

  #count(counts: SplitCounts): void {
    this.counts.empty_lines += counts.empty_lines;
    this.counts.cut_lines += counts.cut_lines;
    this.counts.cut_bytes += counts.cut_bytes;
    this.counts.invalid_utf8_lines += counts.invalid_utf8_lines;
    this.counts.nul_bytes += counts.nul_bytes;
  }
}
