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
import type { EventPlace } from "./formats/event_maker.ts";
import type { FileSource, Sources } from "./formats/sources.ts";
import { encodeLines } from "./line_encoder.ts";
import type { SplitCounts } from "./split_result.ts";
import type { PendingGroup } from "./pending_group.ts";
import type { ReadAs } from "./tail_options.ts";
import { remember } from "./tail_set.ts";
import { MARK_BYTES } from "./trace.ts";

/**
 * Bytes read at once. Strings of up to 128 KiB die young in V8's nursery, larger ones make its heap grow: an event is about
 * 1.5 times its line.
 */
const PIECE_BYTES = 80 * 1024;

/** More than the end of a line has in any encoding. */
const LONGEST_END = 4;

/** How much is read. */
export interface PieceOptions {
  blockBytes: number;
  /** Of the location with the longest lines. */
  maxLineBytes: number;
  /** So much must fit in for any event to be read as one. */
  mostEventBytes: number;
}

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
  readonly #options: PieceOptions;
  readonly #clock: Clock;
  readonly #sources: Sources;

  constructor(options: PieceOptions, clock: Clock, sources: Sources) {
    this.#options = options;
    this.#clock = clock;
    this.#sources = sources;
  }

  /** A buffer of the size that pieces need. */
  buffer(): Buffer {
    const { mostEventBytes } = this.#options;
    return Buffer.allocUnsafe(MARK_BYTES + Math.max(this.#pieceBytes, mostEventBytes));
  }

  get #pieceBytes(): number {
    const { blockBytes, maxLineBytes } = this.#options;
    return Math.max(Math.min(blockBytes, PIECE_BYTES), maxLineBytes + LONGEST_END);
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
    let isNews = false;
    const source = this.#sources.of(tail);
    if (source?.reader.mustWait(nowMs) && tail.unreadBytes > 0) {
      this.#sources.counts.rate_waits++;
      return;
    }
    const buffer = this.#bufferFor(source, target);
    try {
      for (let piece = 1; piece > 0 && bytes < this.#options.blockBytes; bytes += piece) {
        const how = source && this.#readAs(tail, source, { nowMs, isLast: false });
        const block = tail.read(buffer, nowMs, how);
        piece = this.#take(block, tail, target.group);
        isNews ||= piece > 0 || block?.ready?.isNews === true;
      }
    } finally {
      if (isNews) {
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
    const source = this.#sources.of(tail);
    const nowMs = this.#clock.monotonic();
    const own = this.#bufferFor(source, { buffer });
    const how = source && this.#readAs(tail, source, { nowMs, isLast: true });
    while (this.#take(tail.readLast(own, how), tail, group) > 0) {
      remember(tail, group);
      await group.flush(sink, signal);
    }
  }

  /** Larger pieces only for whom they are needed: see {@linkcode PIECE_BYTES}. */
  #bufferFor(source: FileSource | undefined, { buffer }: Pick<Target, "buffer">): Buffer {
    return source ? buffer : buffer.subarray(0, MARK_BYTES + this.#pieceBytes);
  }

  #readAs(
    { path }: FileTail,
    { reader, container }: FileSource,
    { nowMs, isLast }: { nowMs: number; isLast: boolean },
  ): ReadAs {
    const place: EventPlace = { path, container, nowMs, wallMs: this.#clock.now() };
    return {
      isDue: reader.isDue(nowMs),
      split: (block, options) => reader.split(block, options, { ...place, isLast }),
    };
  }

  /** Bytes by which the file's position moved. */
  #take(piece: Block | undefined, { path }: FileTail, group: PendingGroup): number {
    if (piece === undefined) return 0;
    const { ready } = piece;
    if (piece.bytes === 0 && !ready) return 0;
    const created = new Date(this.#clock.now()).toISOString();
    group.add(ready ?? encodeLines(piece.lines, { path, created }), piece.bytes);
    for (const loss of ready?.losses ?? []) group.lose(loss);
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
