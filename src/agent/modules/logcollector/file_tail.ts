/**
 * One file that is followed, through a handle that stays with it when it is renamed or deleted.
 *
 * What it knows: how far it was read (`offset`, always the start of a line or inside a cut one),
 * how far it was looked at without finding the end of a line, and the bytes it begins with. When
 * those change, or the file becomes shorter than what was read, it was truncated, and reading
 * starts again at 0.
 *
 * A file that left its path (renamed or deleted) is read to its end. Its last line counts as
 * complete once nothing has come for {@linkcode TailOptions.restIdleMs}; a writer may still hold it
 * open, so the handle is kept for a while.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import { type Block, readBlock, startOfLastLine } from "./block_reader.ts";
import type { FileCheckpoint } from "./checkpoint.ts";
import { FileHead } from "./file_head.ts";
import { type FileIdentity, identityKey, identityOf, sameFile } from "./file_identity.ts";
import { statAt } from "./file_system.ts";
import type { OpenFile } from "./open_file.ts";
import { isRotationOf } from "./rotations.ts";
import type { TailOptions, TailSetup } from "./tail_options.ts";

/** What a look at a file gave. */
export interface Look {
  /** True when what is at its path is not what was there at the look before. */
  pathChanged: boolean;
  truncated: boolean;
  /**
   * Why it cannot be told what is at its path; the file itself is open and can be read all the
   * same.
   */
  problem?: unknown;
}

/**
 * Follows one file. Every method is synchronous: local files answer at once, and nothing can change
 * in between.
 */
export class FileTail implements Disposable {
  readonly identity: FileIdentity;
  readonly key: string;
  readonly order: number;
  readonly #options: TailOptions;
  readonly #file: OpenFile;
  #log: string;
  #path: string;
  readonly #head: FileHead;
  #offset = 0;
  #skipping = false;
  /** End of what was looked at; behind `offset` when that is the start of an unfinished line. */
  #seenTo = 0;
  #size: number;
  #mtimeMs: number;
  #moved: boolean;
  #deleted = false;
  /** Key of what is at the path; `undefined` for nothing. */
  #atPath: string | undefined;
  /** Monotonic: when it last grew or left its path. */
  #activeAtMs: number;

  /**
   * Follows `file`, opened at `at`, from its beginning.
   *
   * @throws an error of the system; the file is then closed
   */
  constructor(file: OpenFile, at: string, { log, path, order, nowMs, options }: TailSetup) {
    using guard = new DisposableStack();
    this.#file = guard.use(file);
    this.#log = log;
    this.#path = path;
    this.order = order;
    this.#options = options;
    const info = file.info();
    this.identity = identityOf(info);
    this.key = identityKey(this.identity, at);
    this.#moved = at !== path;
    this.#atPath = this.#moved ? undefined : this.key;
    this.#activeAtMs = nowMs;
    this.#size = info.size;
    this.#mtimeMs = modifiedMs(info);
    this.#head = new FileHead(file.readHead());
    guard.move();
  }

  /** The log that it is a part of; the path where it was written. */
  get log(): string {
    return this.#log;
  }

  /** The path that its lines are reported with. */
  get path(): string {
    return this.#path;
  }

  /** True when something else, or nothing, is at its path. */
  get moved(): boolean {
    return this.#moved;
  }

  /** True when everything there is has been read. */
  get drained(): boolean {
    return !this.#hasMore && this.#seenTo <= this.#offset;
  }

  /**
   * True when it left its path, is drained and has been quiet for so long that nothing more will
   * come. While nothing has taken its path it is kept for longer: it tells which rotated files are
   * newer.
   */
  isOver(nowMs: number): boolean {
    const { closeIdleMs, restIdleMs, forgetAfterMs } = this.#options;
    const renamedMs = this.#atPath === undefined ? forgetAfterMs : closeIdleMs;
    const idleMs = nowMs - this.#activeAtMs;
    return this.#moved && this.drained && idleMs >= (this.#deleted ? restIdleMs : renamedMs);
  }

  /**
   * Goes on where the checkpoint says. False, with nothing changed, when this is not the file that
   * it is about.
   */
  resume({ offset, skipping, fingerprint }: FileCheckpoint): boolean {
    if (!this.#head.carries(fingerprint) || this.#size < offset) return false;
    this.#goTo(offset, skipping);
    return true;
  }

  /** Starts anew in a file that was truncated since the checkpoint was made. */
  restartAfter({ fingerprint, offset }: FileCheckpoint): void {
    this.#head.noteTruncation(fingerprint, offset, 0);
    this.#goTo(0);
  }

  /** Goes to the start of the last line that is not complete yet: it is read once it is. */
  goToEnd(): void {
    const { maxLineBytes } = this.#options;
    const { offset, skipping } = startOfLastLine(this.#file, this.#size, maxLineBytes);
    this.#goTo(offset, skipping);
  }

  /** Goes to `offset` or the end, whichever comes first. */
  goTo(offset: number): void {
    this.#goTo(Math.min(offset, this.#size));
  }

  /**
   * How far `copy` has been read already through this file if it is a copy of it; 0 when it is
   * none.
   */
  readInCopy(copy: FileTail): number {
    if (this.#moved) return 0;
    return this.#head.readInCopy({ head: copy.#head, size: copy.#size }, this.#offset);
  }

  /**
   * Bytes that a truncation took before they were read and that no copy gave back; 0 when asked
   * again.
   */
  takeLostBytes(): number {
    return this.#head.takeLostBytes();
  }

  /**
   * The file has been found at `path` and belongs there now, as a part of the same log unless that
   * is another name.
   */
  moveTo(path: string): void {
    if (!isRotationOf(this.#log, path)) this.#log = path;
    this.#path = path;
    this.#atPath = this.key;
    this.#moved = false;
  }

  /**
   * Looks how long the file is and what is at its path.
   *
   * @throws an error of the system about the open file
   */
  look(nowMs: number): Look {
    let there: Deno.FileInfo | undefined;
    try {
      there = statAt(this.#path);
    } catch (problem) {
      const truncated = this.#lookInside(this.#file.info(), nowMs);
      return { pathChanged: false, truncated, problem };
    }
    const here = there && sameFile(identityOf(there), this.identity) ? there : undefined;
    const own = here ?? this.#file.info();
    const pathChanged = this.#seeAtPath(there, here !== undefined);
    if (!here && !this.#moved) this.#activeAtMs = nowMs;
    this.#moved = !here;
    this.#deleted = !here && own.nlink === 0;
    return { pathChanged, truncated: this.#lookInside(own, nowMs) };
  }

  /**
   * Reads one block into `buffer`; `undefined` when there is nothing to read.
   *
   * @throws an error of the system
   */
  read(buffer: Buffer, nowMs: number): Block | undefined {
    const restIsDue = this.#restIsDue(nowMs);
    if (!this.#hasMore && !restIsDue) return undefined;
    const block = readBlock(this.#file, buffer, {
      offset: this.#offset,
      skipping: this.#skipping,
      maxLineBytes: this.#options.maxLineBytes,
      isLast: restIsDue,
    });
    this.#goTo(this.#offset + block.bytes, block.skipping);
    this.#seenTo = block.seenTo;
    return block;
  }

  /** What to remember of it. */
  checkpoint(): FileCheckpoint {
    return {
      log: this.#log,
      path: this.#path,
      ...this.identity,
      order: this.order,
      offset: this.#offset,
      skipping: this.#skipping,
      fingerprint: this.#head.fingerprint,
    };
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }

  /** True when there are bytes that have not been looked at. */
  get #hasMore(): boolean {
    return this.#size > this.#seenTo;
  }

  #restIsDue(nowMs: number): boolean {
    const isQuiet = nowMs - this.#activeAtMs >= this.#options.restIdleMs;
    const isLeft = this.#moved || this.#path !== this.#log;
    return isLeft && isQuiet && !this.#hasMore && !this.drained;
  }

  #goTo(offset: number, skipping = false): void {
    this.#offset = offset;
    this.#seenTo = offset;
    this.#skipping = skipping;
  }

  /** True when what is at the path has changed. */
  #seeAtPath(there: Deno.FileInfo | undefined, isOwn: boolean): boolean {
    const key = isOwn ? this.key : there && identityKey(identityOf(there), this.#path);
    const changed = key !== this.#atPath;
    this.#atPath = key;
    return changed;
  }

  /** True when the file was truncated. */
  #lookInside(info: Deno.FileInfo, nowMs: number): boolean {
    const mtimeMs = modifiedMs(info);
    if (info.size === this.#size && mtimeMs === this.#mtimeMs) return false;
    const head = this.#file.readHead();
    const truncated = info.size < this.#offset || !this.#head.goesOnAs(head);
    if (truncated) this.#restart();
    this.#head.update(head);
    this.#size = info.size;
    this.#mtimeMs = mtimeMs;
    this.#activeAtMs = nowMs;
    return truncated;
  }

  #restart(): void {
    const unreadBytes = Math.max(this.#size, this.#seenTo) - this.#offset;
    this.#head.noteTruncation(this.#head.fingerprint, this.#offset, unreadBytes);
    this.#goTo(0);
  }
}

function modifiedMs({ mtime }: Deno.FileInfo): number {
  return mtime?.getTime() ?? 0;
}
