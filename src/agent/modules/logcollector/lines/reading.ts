/**
 * How far one file was read, and reading on from there.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import { type Block, type Position, readBlock, type SplitBlock } from "./block_reader.ts";
import type { FileCheckpoint } from "../files/checkpoint.ts";
import type { FileContent } from "../files/file_content.ts";
import type { ByteRange } from "./split_result.ts";
import type { OpenFile } from "../files/open_file.ts";

/** What ends the last line of a file, as in {@linkcode readBlock}. */
export type AtEnd = "unknown" | "pause" | "nothing";

/** The position in a file. */
export class Reading {
  readonly #file: OpenFile;
  readonly #content: FileContent;
  #position: Position = { offset: 0, skipping: false, continuing: false };
  /** End of what was looked at; behind the offset when that is the start of an unfinished line. */
  #seenTo = 0;
  /** Size at which an unfinished line was found not to be one. */
  #pausedAt = -1;

  constructor(file: OpenFile, content: FileContent) {
    this.#file = file;
    this.#content = content;
  }

  /** Where to go on. */
  get position(): Position {
    return this.#position;
  }

  /** Bytes done with. */
  get offset(): number {
    return this.#position.offset;
  }

  /** End of what was looked at. */
  get seenTo(): number {
    return this.#seenTo;
  }

  /** True when an unfinished line waits for its end. */
  get isWithinLine(): boolean {
    return this.#seenTo > this.offset;
  }

  /** True when the file of `size` bytes was found to end within a line already. */
  isPausedAt(size: number): boolean {
    return this.#pausedAt === size;
  }

  /** Goes on from `position`, which the content is told elsewhere. */
  goTo(position: Position): void {
    this.#position = position;
    this.#seenTo = position.offset;
  }

  /** Goes on from what is remembered. */
  resume({ offset, skipping, continuing, done, cut }: FileCheckpoint): void {
    this.goTo({ offset, skipping, continuing, ...(done && { done }), ...(cut && { cut }) });
  }

  /** Passes over what is before `offset`. @throws an error of the system */
  jump(offset: number): void {
    this.#content.jump(offset);
    this.goTo({ offset, skipping: false, continuing: false });
  }

  /**
   * Goes on at `offset`, `done` being done with behind it: what was held back is given.
   *
   * @throws an error of the system
   */
  settle(offset: number, done: ByteRange[]): void {
    const seenTo = this.#seenTo;
    this.#content.passTo(offset);
    const more = done.length > 0 ? { done } : {};
    this.goTo({ offset, skipping: false, continuing: false, ...more });
    this.#seenTo = seenTo;
  }

  /**
   * Reads a block of a file of `size` bytes; `undefined` when it holds something else than was read.
   *
   * @throws an error of the system
   */
  read(
    buffer: Buffer,
    { size, ...how }: {
      size: number;
      maxLineBytes: number;
      atEnd: AtEnd;
      split?: SplitBlock | undefined;
    },
  ): Block | undefined {
    const { before, head } = this.#content;
    const options = { ...this.#position, before, head, ...how };
    const block = readBlock(this.#file, buffer, options);
    if (block === undefined) return undefined;
    const { skipping, continuing, ready } = block;
    const { done = [], cut = [] } = ready ?? {};
    this.goTo({
      offset: this.offset + block.bytes,
      skipping,
      continuing,
      ...(done.length > 0 && { done }),
      ...(cut.length > 0 && { cut }),
    });
    this.#content.advance(this.offset, block.before);
    this.#seenTo = block.seenTo;
    if (how.atEnd === "pause") this.#pausedAt = size;
    return block;
  }
}
