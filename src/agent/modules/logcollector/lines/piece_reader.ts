/**
 * Reads pieces of followed files into a group, and counts what is in them.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Clock } from "../../../../shared/clock.ts";
import type { EventSink } from "../../collector.ts";
import type { Block } from "./block_reader.ts";
import { EventRates } from "./event_rates.ts";
import type { FileTail } from "../files/file_tail.ts";
import { CarriedEvents } from "../formats/carried_events.ts";
import { LeftEvents } from "../formats/left_events.ts";
import type { FileSource, Sources } from "../formats/sources.ts";
import { encodeLines } from "./line_encoder.ts";
import type { SplitCounts } from "./split_result.ts";
import type { PendingGroup } from "../pending_group.ts";
import type { ReadAs } from "../files/tail_options.ts";
import { remember } from "../files/tail_set.ts";
import { MARK_BYTES, type PastContent } from "../files/trace.ts";

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
  /** Whether a last line without a newline is given after a while. */
  givesUnfinished: boolean;
}

type Tails = readonly FileTail[];

/** Where a piece goes. */
interface Target {
  group: PendingGroup;
  buffer: Buffer;
  /** All that are followed. */
  tails: Tails;
}

/** Where rescued events go. */
interface RescueTarget {
  group: PendingGroup;
  /** Monotonic. */
  nowMs: number;
}

interface Round {
  /** Monotonic. */
  nowMs: number;
  onRead: () => void;
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
  /** How fast events come. */
  readonly rates = new EventRates();
  readonly #options: PieceOptions;
  readonly #clock: Clock;
  readonly #sources: Sources;
  readonly #carried = new CarriedEvents();
  readonly #left = new LeftEvents();

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

  /** True for a file that is read but for lines that go on in the next one of its log. */
  carries(tail: FileTail): boolean {
    return this.#carried.holds(tail);
  }

  /**
   * Reads a block of a file and calls `onRead` when there was something. Whatever ends the reading,
   * the position of what was read goes into the group with it.
   *
   * @throws an error of the system
   */
  read(tail: FileTail, target: Target, { nowMs, onRead }: Round): void {
    const source = this.#sources.of(tail);
    if (source) this.#left.note(tail, source.reader);
    if (source && this.#mustRest(tail, source, nowMs)) return;
    const buffer = this.#bufferFor(source, target);
    let bytes = 0;
    let isNews = false;
    try {
      for (let piece = 1; piece > 0 && bytes < this.#options.blockBytes; bytes += piece) {
        const how = source && this.#readAs(tail, source, { nowMs, tails: target.tails });
        const block = tail.read(buffer, nowMs, how);
        piece = this.#take(block, tail, target.group);
        const moved = block && source ? this.#carryOn(tail, source, target.group) : false;
        isNews ||= piece > 0 || moved || block?.ready?.isNews === true;
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
    target: Target,
    { sink, signal }: { sink: EventSink; signal: AbortSignal },
  ): Promise<void> {
    const { group } = target;
    const source = this.#sources.of(tail);
    const nowMs = this.#clock.monotonic();
    const buffer = this.#bufferFor(source, target);
    const isLast = { nowMs, tails: tail.deleted ? [] : target.tails, isLast: true };
    const how = source && this.#readAs(tail, source, isLast);
    while (this.#take(tail.readLast(buffer, how), tail, group) > 0) {
      remember(tail, group);
      await group.flush(sink, signal);
    }
  }

  /** Gives what was open in `past`, which no file has any more, as far as it goes; how many bytes of the file that was. */
  rescue(tail: FileTail, past: PastContent, { group, nowMs }: RescueTarget): number {
    const source = this.#sources.of(tail);
    if (source) this.#left.note(tail, source.reader);
    const left = this.#left.take(tail, past);
    if (source === undefined || left === undefined) return 0;
    const { container, reader } = source;
    const place = { path: tail.path, container, nowMs, wallMs: this.#clock.now() };
    const given = reader.giveLeft(left, place);
    group.add(given, 0);
    for (const loss of given.losses) group.lose(loss);
    this.#count(given.counts);
    return given.bytes;
  }

  /** Larger pieces only for whom they are needed: see {@linkcode PIECE_BYTES}. */
  #bufferFor(source: FileSource | undefined, { buffer }: Pick<Target, "buffer">): Buffer {
    return source ? buffer : buffer.subarray(0, MARK_BYTES + this.#pieceBytes);
  }

  #mustRest(tail: FileTail, { reader }: FileSource, nowMs: number): boolean {
    const hasMore = tail.size > tail.reading.seenTo;
    if (this.#carried.holds(tail)) {
      if (!hasMore) return true;
      this.#carried.drop(tail);
    }
    const mustWait = tail.unreadBytes > 0 && reader.mustWait(nowMs);
    if (mustWait) this.#sources.counts.rate_waits++;
    return mustWait;
  }

  #readAs(
    tail: FileTail,
    { reader, container }: FileSource,
    { nowMs, tails, isLast = false }: { nowMs: number; tails: Tails; isLast?: boolean },
  ): ReadAs {
    const carried = this.#carried.into(tail);
    const hasNext = tail.moved && tails.some((other) => isBehind(other, tail));
    const about = { path: tail.path, container, nowMs, wallMs: this.#clock.now() };
    const { givesUnfinished } = this.#options;
    const writtenMs = tail.searchedMs;
    const place = { ...about, isLast, hasNext, carried, givesUnfinished, writtenMs };
    return {
      isDue: reader.isDue(nowMs) || (carried !== undefined && reader.open.size === 0),
      split: (block, options) => reader.split(block, options, place),
    };
  }

  /** Positions of earlier files whose lines were given with lines of this one move; true when any did. */
  #carryOn(tail: FileTail, { reader }: FileSource, group: PendingGroup): boolean {
    const moved = this.#carried.settle(tail, reader.open);
    for (const file of moved) remember(file, group);
    if (reader.leavesOpen) this.#carried.leave(tail, reader.open);
    return moved.length > 0;
  }

  /** Bytes by which the file's position moved. */
  #take(piece: Block | undefined, tail: FileTail, group: PendingGroup): number {
    if (piece === undefined) return 0;
    const { ready } = piece;
    if (piece.bytes === 0 && !ready) return 0;
    const created = new Date(this.#clock.now()).toISOString();
    const encoded = ready ?? encodeLines(piece.lines, { path: tail.path, created });
    group.add(encoded, piece.bytes);
    this.rates.note(tail, encoded.events, this.#clock.monotonic());
    for (const loss of ready?.losses ?? []) group.lose(loss);
    this.#count(piece.counts);
    const { cut_bytes: bytes } = piece.counts;
    if (bytes > 0) {
      group.lose({ events: 0, bytes, reason: "rest of a line too long", detail: tail.path });
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

function isBehind(other: FileTail, tail: FileTail): boolean {
  return other.log === tail.log && other.order > tail.order && !other.undecided;
}
