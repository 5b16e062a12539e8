/**
 * Cuts blocks that may hold anything into lines, one by one; see `line_splitter.ts` for the rules.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import {
  endsWithReturn,
  indexOfNewline,
  type TextEncoding,
  UTF_8,
} from "../formats/text_encoding.ts";
import { noCounts, type SplitOptions, type SplitResult } from "./split_result.ts";

/** How lines are cut that more is done with than sending them. */
interface CarefulOptions extends SplitOptions {
  /** @default UTF-8 */
  encoding?: TextEncoding;
  /** Whether empty lines are given too. @default false */
  keepEmpty?: boolean;
  /** Whether a line that is too long already waits for its end, as far as the block goes. @default false */
  waitForEnd?: boolean;
}

/** A line's place in the block, its newline included, and what is wrong with it. */
export interface Span {
  start: number;
  end: number;
  /** Bytes at its end that are not given. */
  cutBytes: number;
  /** Whether all of it is of the encoding. */
  isValid: boolean;
}

/** Goes line by line over a block that may hold anything. */
export class CarefulSplitter {
  readonly #block: Buffer;
  readonly #options: CarefulOptions;
  readonly #encoding: TextEncoding;
  readonly #spans: Span[] = [];
  readonly #lines: string[] = [];
  readonly #cut: number[] = [];
  readonly #counts = noCounts();
  #position = 0;
  #skipping: boolean;
  #continuing: boolean;
  #firstContinues = false;
  #lastUnfinished = false;

  constructor(block: Buffer, options: CarefulOptions) {
    this.#block = block;
    this.#options = options;
    this.#encoding = options.encoding ?? UTF_8;
    this.#skipping = options.skipping;
    this.#continuing = options.continuing ?? false;
  }

  /** Where the lines that were given stand in the block. */
  get spans(): readonly Span[] {
    return this.#spans;
  }

  split(): SplitResult {
    while (this.#takeLine());
    this.#takeRest();
    return {
      lines: {
        kind: "list",
        lines: this.#lines,
        cut: this.#cut,
        ...(this.#firstContinues && { continues: true }),
        ...(this.#lastUnfinished && { unfinished: true }),
      },
      consumed: this.#position,
      skipping: this.#skipping,
      continuing: this.#continuing,
      counts: this.#counts,
    };
  }

  /** False when there is no newline left. */
  #takeLine(): boolean {
    if (!this.#skipping && !this.#continuing) this.#skipNuls();
    const newline = indexOfNewline(this.#block, this.#position, this.#encoding);
    if (newline === -1) return false;
    const end = newline + this.#encoding.unitBytes;
    if (this.#skipping) this.#counts.cut_bytes += newline - this.#position;
    else this.#add(this.#block.subarray(this.#position, newline), end);
    this.#skipping = false;
    this.#continuing = false;
    this.#position = end;
    return true;
  }

  #skipNuls(): void {
    const { unitBytes } = this.#encoding;
    let end = this.#position;
    while (this.#block[end] === 0 && this.#block[end + unitBytes - 1] === 0) end += unitBytes;
    const { follows } = this.#options;
    if (end === this.#block.length && (follows === "unknown" || follows === "pause")) return;
    this.#counts.nul_bytes += end - this.#position;
    this.#position = end;
  }

  /** Decides about what no newline ends. One byte more than the longest line may be its `\r`. */
  #takeRest(): void {
    const { maxLineBytes, follows, waitForEnd } = this.#options;
    const rest = this.#block.subarray(this.#position);
    if (waitForEnd && follows === "unknown" && !this.#skipping) return;
    const tooLong = rest.length > maxLineBytes + this.#encoding.unitBytes && !isHole(rest);
    if (this.#skipping) this.#counts.cut_bytes += rest.length;
    else if (follows === "pause" && !tooLong) return this.#takeUnfinished(rest);
    else if (!tooLong && follows !== "nothing") return;
    else if (rest.length > 0) this.#add(rest, this.#block.length);
    if (!this.#skipping) this.#continuing = false;
    this.#skipping ||= tooLong;
    this.#position = this.#block.length;
  }

  #takeUnfinished(rest: Buffer): void {
    const whole = this.#encoding.whole(rest);
    if (whole.length === 0 || isHole(rest)) return;
    const before = this.#lines.length;
    this.#add(whole, this.#position + whole.length);
    this.#lastUnfinished = this.#lines.length > before;
    this.#continuing = true;
    this.#position += whole.length;
  }

  /** Takes a line that begins at the position and ends, with its newline, at `end`. */
  #add(bytes: Buffer, end: number): void {
    const { maxLineBytes, keepEmpty } = this.#options;
    const encoding = this.#encoding;
    const line = endsWithReturn(bytes, encoding) ? bytes.subarray(0, -encoding.unitBytes) : bytes;
    if (line.length === 0 && !keepEmpty) {
      if (!this.#continuing) this.#counts.empty_lines++;
      return;
    }
    const tooLong = line.length > maxLineBytes;
    const kept = tooLong ? encoding.first(line, maxLineBytes) : line;
    if (tooLong) this.#cut.push(this.#lines.length);
    if (tooLong) this.#counts.cut_lines++;
    const isValid = encoding.isValid(kept);
    if (!isValid) this.#counts.invalid_utf8_lines++;
    if (this.#continuing && this.#lines.length === 0) this.#firstContinues = true;
    this.#lines.push(encoding.decode(kept));
    const cutBytes = line.length - kept.length;
    this.#counts.cut_bytes += cutBytes;
    this.#spans.push({ start: this.#position, end, cutBytes, isValid });
  }
}

/** NUL bytes only: space reserved at the end of a file, not a line. */
function isHole(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}
