/**
 * Counts lines by the number each carries, wherever it stands in what a contender sends.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { MARKER, NUMBER_DIGITS } from "../numbered_lines.ts";

const MARK = Buffer.from(MARKER);
const ZERO = 0x30;

/** What has been counted. */
export interface Tally {
  /** Lines with a number that was not seen before. */
  lines: number;
  duplicates: number;
  /** Lines whose number nobody sent. */
  foreign: number;
  bytes: number;
}

/** Which lines have come, of those numbered from 0 up to `capacity`. */
export class LineTally {
  readonly #seen: Uint8Array;
  readonly #skip: number;
  readonly #counts: Tally = { lines: 0, duplicates: 0, foreign: 0, bytes: 0 };

  /**
   * `skipBytes` are passed over behind a number: no more than follow it in a line, so that most of
   * the bytes need not be looked at.
   */
  constructor(capacity: number, skipBytes: number) {
    this.#seen = new Uint8Array(capacity);
    this.#skip = skipBytes;
  }

  get tally(): Readonly<Tally> {
    return this.#counts;
  }

  /**
   * Counts the lines in `bytes`. Gives the place from which on the bytes must be seen again, in
   * front of those that follow, because a number may be cut there.
   */
  take(bytes: Uint8Array): number {
    const block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const length = MARK.length + NUMBER_DIGITS;
    let position = 0;
    for (;;) {
      const at = block.indexOf(MARK, position);
      if (at === -1) break;
      if (at + length > block.length) return at;
      this.#count(numberAt(block, at + MARK.length));
      position = Math.min(at + length + this.#skip, block.length);
    }
    return Math.max(position, block.length - MARK.length + 1);
  }

  /** Adds to the bytes that came. */
  addBytes(count: number): void {
    this.#counts.bytes += count;
  }

  #count(number: number): void {
    if (!(number < this.#seen.length)) this.#counts.foreign++;
    else if (this.#seen[number] === 1) this.#counts.duplicates++;
    else {
      this.#seen[number] = 1;
      this.#counts.lines++;
    }
  }
}

/** `NaN` or too large when there are no digits: a number of nobody's. */
function numberAt(block: Buffer, start: number): number {
  let number = 0;
  for (let index = start; index < start + NUMBER_DIGITS; index++) {
    number = number * 10 + (block[index] ?? ZERO) - ZERO;
  }
  return number;
}
