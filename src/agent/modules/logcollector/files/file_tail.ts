/**
 * One file that is followed, through a handle that stays with it when it is renamed or deleted.
 *
 * What it knows: how far it was read (`offset`: the start of a line, or inside one that was cut or
 * given unfinished), how far it was looked at without finding the end of a line, and what it holds
 * up to there. When that is there no longer, it was truncated, and reading starts again at 0.
 *
 * A file that nothing was read of may be a copy of another one, whole or still being made. Until
 * that is decided it is not read; see `copies.ts`.
 *
 * A file that left its path (renamed or deleted) is read to its end. Its last line counts as
 * complete once nothing has come for {@linkcode TailOptions.restIdleMs}; a writer may still hold it
 * open, so the handle is kept for a while.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import { type Block, type SplitBlock, startOfLastLine } from "../lines/block_reader.ts";
import { type FileCheckpoint, traceOf } from "./checkpoint.ts";
import { CopyState } from "../rotation/copy_state.ts";
import { FileChanges } from "./file_changes.ts";
import { FileContent } from "./file_content.ts";
import { type FileIdentity, identityKey, identityOf } from "./file_identity.ts";
import { FilePlace, type Look } from "./file_place.ts";
import { type FileInfo, statAt } from "./file_system.ts";
import type { OpenFile } from "./open_file.ts";
import { type AtEnd, Reading } from "../lines/reading.ts";
import type { ReadAs, TailOptions, TailSetup } from "./tail_options.ts";

/**
 * Follows one file. Every method is synchronous: local files answer at once, and nothing can change
 * in between.
 */
export class FileTail implements Disposable {
  readonly identity: FileIdentity;
  readonly key: string;
  /** True when it was unpacked from a compressed file that it stands for. */
  readonly packed: boolean;
  order: number;
  /** True when the rotation of its log gives names such as `app-1.log`. */
  marksWithin = false;
  /** What it holds, as far as it was read. */
  readonly content: FileContent;
  /** How far it was read. */
  readonly reading: Reading;
  /** Whether it is a copy of another file. */
  readonly copy = new CopyState();
  /** What happened to it and has not been seen to. */
  readonly changes = new FileChanges();
  #options: TailOptions;
  /** Monotonic. */
  readonly openedMs: number;
  readonly #file: OpenFile;
  readonly #place: FilePlace;
  #size: number;
  #mtimeMs: number;
  #deleted = false;
  /** Monotonic: when it last grew or left its path. */
  #activeAtMs: number;
  #mustLook = false;

  /**
   * Follows `file`, opened at `at`, from its beginning.
   *
   * @throws an error of the system; the file is then closed
   */
  constructor(file: OpenFile, at: string, setup: TailSetup) {
    const { order, nowMs, options, known } = setup;
    using guard = new DisposableStack();
    this.#file = guard.use(file);
    this.order = order;
    this.#options = options;
    const info = file.info();
    this.identity = known?.identity ?? identityOf(info);
    this.key = known?.key ?? identityKey(this.identity, at);
    this.packed = known?.packed ?? false;
    this.openedMs = nowMs;
    this.#activeAtMs = nowMs;
    this.#size = info.size;
    this.#mtimeMs = modifiedMs(info);
    const { identity, key } = this;
    this.#place = new FilePlace({ ...setup, at, identity, key, mtimeMs: this.#mtimeMs });
    this.content = new FileContent(file);
    this.reading = new Reading(file, this.content);
    guard.move();
  }

  /** The log that it is a part of; the path where it was written. */
  get log(): string {
    return this.#place.log;
  }

  /** The path that its lines are reported with. */
  get path(): string {
    return this.#place.path;
  }

  /** Where it lay when it was written as its log, links resolved. */
  get real(): string {
    return this.#place.real;
  }

  /** True when something else, or nothing, is at its path. */
  get moved(): boolean {
    return this.#place.moved;
  }

  /** True when no name leads to it any more: what is not read is gone with the handle. */
  get deleted(): boolean {
    return this.#deleted;
  }

  /** Bytes at the last look. */
  get size(): number {
    return this.#size;
  }

  /** When it was modified, as seen when everything that its rotations had made was looked for. */
  get searchedMs(): number {
    return this.#place.mtimeMs;
  }

  /** True when a read found that the file is not what the last look saw. */
  get mustLook(): boolean {
    return this.#mustLook;
  }

  /** Bytes done with. */
  get offset(): number {
    return this.reading.offset;
  }

  /** Bytes at its beginning that were read through it, or that are no copy. */
  get ownTo(): number {
    return this.copy.copied > 0 ? this.copy.ownTo : this.offset;
  }

  /** Bytes that were there at the last look and are not done with. */
  get unreadBytes(): number {
    return Math.max(this.#size, this.reading.seenTo) - this.offset;
  }

  /** True when nothing is to be found out about it before it may be closed. */
  get isSettled(): boolean {
    return !this.undecided && !this.changes.isRewritten && !this.content.wasTruncated;
  }

  /** True once it has been quiet for so long that its handle is closed. */
  isReleased(nowMs: number): boolean {
    return nowMs - this.#activeAtMs >= (this.#options.releaseIdleMs ?? Infinity);
  }

  /** Monotonic: when it last grew or left its path. */
  get activeAtMs(): number {
    return this.#activeAtMs;
  }

  /** True when everything there is has been read. */
  get drained(): boolean {
    return !this.#hasMore && !this.reading.isWithinLine;
  }

  /** True while it must be decided whether it is a copy, before anything is read. */
  get undecided(): boolean {
    return !this.copy.judged && (this.#hasMore || this.copy.copied > 0);
  }

  /**
   * True when it left its path, is drained and has been quiet for so long that nothing more will
   * come. While nothing has taken its path it is kept for longer: it tells which rotated files are
   * newer.
   */
  isOver(nowMs: number): boolean {
    const { closeIdleMs, restIdleMs, forgetAfterMs } = this.#options;
    // A name that nothing has taken may be taken by a copy of this very file.
    const renamedMs = this.#place.isVacant ? forgetAfterMs : closeIdleMs;
    const idleMs = nowMs - this.#activeAtMs;
    return this.moved && this.drained && idleMs >= (this.#deleted ? restIdleMs : renamedMs);
  }

  /**
   * Goes on where the checkpoint says. False when the file holds something else.
   *
   * @throws an error of the system
   */
  resume(checkpoint: FileCheckpoint): boolean {
    const { offset, past, real, mtime_ms: afterMs } = checkpoint;
    // Before anything of the checkpoint is taken over: it may be about other content.
    if (!this.content.resume(offset, traceOf(checkpoint), past)) return false;
    this.reading.resume(checkpoint);
    this.marksWithin = checkpoint.marks_within;
    const isSameSize = checkpoint.size === this.#size;
    this.copy.resume(checkpoint, isSameSize);
    // A file that only grew shows by its length that it was written; these do not.
    const isRewritten = offset === 0 || isSameSize;
    if (this.content.wasTruncated) this.changes.noteTruncated();
    else if (this.#mtimeMs !== afterMs && isRewritten) this.changes.noteRewritten();
    const isAtLog = !this.moved && this.#place.isLog;
    // At its log's name it lies where it lies now; elsewhere only the checkpoint knows where it was written.
    if (!isAtLog) this.#place.real = real;
    if (!isAtLog || this.changes.isRewritten) this.#place.mtimeMs = afterMs;
    return true;
  }

  /** Begins at 0 in a file that was truncated while nobody looked. */
  restartAfter(checkpoint: FileCheckpoint): void {
    const { offset, size, past, mtime_ms: afterMs } = checkpoint;
    this.content.startAfter(traceOf(checkpoint), Math.max(size, offset), past);
    this.changes.noteTruncated();
    this.#place.mtimeMs = afterMs;
  }

  /** Passes over what is there, but for the beginning of an unfinished line. */
  goToEnd(): void {
    const { head } = this.content;
    const position = startOfLastLine(this.#file, this.#size, { ...this.#options, head });
    this.content.jump(position.offset);
    this.reading.goTo(position);
    // Nothing of what is there is read, so that it cannot be read twice.
    this.copy.judged = true;
  }

  /** It was truncated: reads it from 0. */
  startAnew(): void {
    this.changes.noteTruncated();
    this.content.restart(Math.max(this.#size, this.reading.seenTo));
    this.reading.goTo({ offset: 0, skipping: false, continuing: false });
    this.copy.reset();
  }

  /** The file has been found at `path` and belongs there now; `log` is the log that it is a part of. */
  moveTo(path: string, log: string): void {
    this.#place.moveTo(path, log);
  }

  /** Other options from now on. */
  configure(options: TailOptions): void {
    this.#options = options;
  }

  /**
   * Looks how long the file is and what is at its path.
   *
   * @throws an error of the system about the open file
   */
  look(nowMs: number): Look {
    let there: FileInfo | undefined;
    try {
      there = statAt(this.path);
    } catch (problem) {
      // The name cannot be looked at, the open file still can.
      const truncated = this.#lookInside(this.#file.info(), nowMs);
      return { pathChanged: false, truncated, problem };
    }
    const { here, pathChanged, hasLeft } = this.#place.see(there);
    const own = here ?? this.#file.info();
    // Programs write on for a moment into a file that was renamed under them.
    if (hasLeft) this.#activeAtMs = nowMs;
    // At its name it cannot be deleted; elsewhere the number of its names tells.
    this.#deleted = !here && own.nlink === 0;
    const truncated = this.#lookInside(own, nowMs);
    if (!this.changes.isRewritten) this.#noteWritten();
    return { pathChanged, truncated };
  }

  /** Looks at the open file alone; true when it was truncated. @throws an error of the system */
  recheck(nowMs: number): boolean {
    return this.#lookInside(this.#file.info(), nowMs);
  }

  /** What its rotations made has been looked for. */
  noteSearched(): void {
    this.changes.clear();
    this.#noteWritten();
  }

  /**
   * Reads one block into `buffer`; `undefined` when there is nothing to read, or when the file was
   * truncated since the last look: the next one tells.
   *
   * @throws an error of the system
   */
  read(buffer: Buffer, nowMs: number, how: ReadAs = {}): Block | undefined {
    const atEnd = this.#atEnd(nowMs);
    if (!this.#hasMore && atEnd === "unknown" && !how.isDue) return undefined;
    return this.#readBlock(buffer, atEnd, how.split);
  }

  /** {@linkcode read} for the last time: the end of the file ends its last line. */
  readLast(buffer: Buffer, { split }: ReadAs = {}): Block | undefined {
    if (!this.#hasMore && this.drained) return undefined;
    return this.#readBlock(buffer, "nothing", split);
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }

  /** True when there are bytes that have not been looked at. */
  get #hasMore(): boolean {
    return this.#size > this.reading.seenTo;
  }

  #noteWritten(): void {
    if (!this.moved && this.#place.isLog) this.#place.mtimeMs = this.#mtimeMs;
  }

  #readBlock(buffer: Buffer, atEnd: AtEnd, split?: SplitBlock): Block | undefined {
    const { maxLineBytes } = this.#options;
    const block = this.reading.read(buffer, { size: this.#size, maxLineBytes, atEnd, split });
    // The bytes were not those of before: only a look tells whether it was truncated.
    this.#mustLook ||= block === undefined;
    return block;
  }

  /** What the end of the file says about its last line. */
  #atEnd(nowMs: number): AtEnd {
    if (this.#hasMore || this.drained) return "unknown";
    const { restIdleMs, partialIdleMs } = this.#options;
    const idleMs = nowMs - this.#activeAtMs;
    if ((this.moved || !this.#place.isLog) && idleMs >= restIdleMs) return "nothing";
    const isPause = partialIdleMs > 0 && idleMs >= partialIdleMs;
    return isPause && !this.reading.isPausedAt(this.#size) ? "pause" : "unknown";
  }

  /** True when the file was truncated. */
  #lookInside(info: FileInfo, nowMs: number): boolean {
    const mtimeMs = modifiedMs(info);
    // Looked at every half second: without a change not a byte is read.
    if (info.size === this.#size && mtimeMs === this.#mtimeMs && !this.#mustLook) return false;
    const head = this.#file.readHead();
    const truncated = !this.content.isIntact(info.size, head);
    if (this.offset === 0 || info.size === this.#size) this.changes.noteRewritten();
    if (truncated) this.startAnew();
    else if (info.size !== this.#size) this.copy.noteGrowth();
    this.content.update(head);
    this.#mustLook = false;
    this.#size = info.size;
    this.#mtimeMs = mtimeMs;
    this.#activeAtMs = nowMs;
    return truncated;
  }
}

function modifiedMs({ mtime }: FileInfo): number {
  return mtime?.getTime() ?? 0;
}
