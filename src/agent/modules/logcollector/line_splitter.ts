/**
 * Cuts blocks of bytes into lines of text.
 *
 * A block always begins where the one before was consumed to: at the start of a line, or inside a
 * line that was cut. What is left behind the last newline is not kept here but read again with the
 * next block, so there is no state between blocks but one flag, and a position in the file says
 * everything.
 *
 * - A line ends with `\n`; one `\r` before it is dropped. Empty lines are skipped.
 * - NUL bytes at the start of a line are skipped: they are the hole that a writer leaves which goes
 *   on at its old position after its file was truncated. At the end of the file they wait, as space
 *   reserved may yet be written to.
 * - A line longer than `maxLineBytes` is cut between two characters, and the rest is skipped up to
 *   its newline and counted.
 * - A line that nobody finishes can be given as far as it goes; what follows up to its newline is
 *   then a line of its own.
 * - Bytes that are not UTF-8 become U+FFFD.
 *
 * @module
 */

import { type Buffer, isUtf8 } from "node:buffer";

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const MAX_UTF8_BYTES_A_UNIT = 3;
/** Several times as fast as `Buffer.toString`. A byte order mark inside a file is text. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** How a block is to be read. */
interface SplitOptions {
  /** Longest line in bytes, without its end. The block must hold more than this plus two. */
  maxLineBytes: number;
  /** True when the block begins inside a line that was cut. */
  skipping: boolean;
  /** True when the block begins inside a line whose beginning was given unfinished. */
  continuing?: boolean;
  /**
   * What is behind the block: more bytes; nothing yet; nothing for so long that the last line is
   * given unfinished; or nothing ever, so that its end ends the last line.
   */
  follows: "more" | "unknown" | "pause" | "nothing";
}

/** What was noticed on the way. */
export interface SplitCounts {
  empty_lines: number;
  cut_lines: number;
  /** Bytes of lines that were cut and are not given. */
  cut_bytes: number;
  /** Lines with bytes that are not UTF-8. */
  invalid_utf8_lines: number;
  /** NUL bytes skipped at the start of lines. */
  nul_bytes: number;
}

/** Lines in one text, separated by `\n`, none of them empty or cut; or one by one. */
export type Lines =
  | { kind: "text"; text: string }
  | {
    kind: "list";
    lines: string[];
    /** Positions in `lines` of those that were cut, rising. */
    cut: number[];
    /** True when the first line goes on with one that was given unfinished. */
    continues?: boolean;
    /** True when the last line is unfinished. */
    unfinished?: boolean;
  };

/** The lines of a block. */
export interface SplitResult {
  lines: Lines;
  /** Bytes done with; the next block begins behind them. */
  consumed: number;
  /** True when the next block begins inside a line that was cut. */
  skipping: boolean;
  /** True when the next block begins inside a line that was given unfinished. */
  continuing: boolean;
  counts: SplitCounts;
}

/** Splits one block. */
export function splitLines(block: Buffer, options: SplitOptions): SplitResult {
  return splitPlain(block, options) ?? new CarefulSplitter(block, options).split();
}

/**
 * The way of nearly every block: its lines stay one text, which is several times as fast as line by line. Gives `undefined` for
 * a block with anything in it that a line has to be looked at for.
 */
function splitPlain(block: Buffer, options: SplitOptions): SplitResult | undefined {
  const { maxLineBytes, skipping, continuing, follows } = options;
  const consumed = block.lastIndexOf(NEWLINE) + 1;
  const restBytes = block.length - consumed;
  if (skipping || continuing || consumed === 0 || restBytes > maxLineBytes) return undefined;
  if (restBytes > 0 && (follows === "nothing" || follows === "pause")) return undefined;
  const whole = block.subarray(0, consumed - 1);
  if (!isUtf8(whole)) return undefined;
  const decoded = decoder.decode(whole);
  if (decoded.includes("\0")) return undefined;
  const isAscii = decoded.length === whole.length;
  const { text, emptyLines } = withoutEmptyLines(decoded);
  if (text === "" || !fits(text, maxLineBytes / (isAscii ? 1 : MAX_UTF8_BYTES_A_UNIT))) {
    return undefined;
  }
  const counts = { ...noCounts(), empty_lines: emptyLines };
  return { lines: { kind: "text", text }, consumed, skipping: false, continuing: false, counts };
}

/** Drops `\r` at the ends of lines, then what is empty. */
function withoutEmptyLines(text: string): { text: string; emptyLines: number } {
  const trimmed = text.includes("\r") ? text.replaceAll("\r\n", "\n").replace(/\r$/, "") : text;
  const isTight = !trimmed.includes("\n\n") && !trimmed.startsWith("\n") && !trimmed.endsWith("\n");
  if (isTight) return { text: trimmed, emptyLines: 0 };
  const tight = trimmed.replaceAll(/\n{2,}/g, "\n").replace(/^\n/, "").replace(/\n$/, "");
  return { text: tight, emptyLines: trimmed.length - tight.length };
}

/** Whether no line is longer than `maxUnits`; goes in strides of that, not line by line. */
function fits(text: string, maxUnits: number): boolean {
  let start = 0;
  while (text.length - start > maxUnits) {
    const newline = text.lastIndexOf("\n", start + maxUnits);
    if (newline < start) return false;
    start = newline + 1;
  }
  return true;
}

/** Goes line by line over a block that may hold anything. */
class CarefulSplitter {
  readonly #block: Buffer;
  readonly #options: SplitOptions;
  readonly #lines: string[] = [];
  readonly #cut: number[] = [];
  readonly #counts = noCounts();
  #position = 0;
  #skipping: boolean;
  #continuing: boolean;
  #firstContinues = false;
  #lastUnfinished = false;

  constructor(block: Buffer, options: SplitOptions) {
    this.#block = block;
    this.#options = options;
    this.#skipping = options.skipping;
    this.#continuing = options.continuing ?? false;
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
    const newline = this.#block.indexOf(NEWLINE, this.#position);
    if (newline === -1) return false;
    if (this.#skipping) this.#counts.cut_bytes += newline - this.#position;
    else this.#add(this.#block.subarray(this.#position, newline));
    this.#skipping = false;
    this.#continuing = false;
    this.#position = newline + 1;
    return true;
  }

  #skipNuls(): void {
    let end = this.#position;
    while (this.#block[end] === 0) end++;
    const { follows } = this.#options;
    if (end === this.#block.length && (follows === "unknown" || follows === "pause")) return;
    this.#counts.nul_bytes += end - this.#position;
    this.#position = end;
  }

  /** Decides about what no newline ends. One byte more than the longest line may be its `\r`. */
  #takeRest(): void {
    const { maxLineBytes, follows } = this.#options;
    const rest = this.#block.subarray(this.#position);
    const tooLong = rest.length > maxLineBytes + 1 && !isHole(rest);
    if (this.#skipping) this.#counts.cut_bytes += rest.length;
    else if (follows === "pause" && !tooLong) return this.#takeUnfinished(rest);
    else if (!tooLong && follows !== "nothing") return;
    else if (rest.length > 0) this.#add(rest);
    if (!this.#skipping) this.#continuing = false;
    this.#skipping ||= tooLong;
    this.#position = this.#block.length;
  }

  #takeUnfinished(rest: Buffer): void {
    const whole = wholeCharacters(rest);
    if (whole.length === 0 || isHole(rest)) return;
    const before = this.#lines.length;
    this.#add(whole);
    this.#lastUnfinished = this.#lines.length > before;
    this.#continuing = true;
    this.#position += whole.length;
  }

  #add(bytes: Buffer): void {
    const { maxLineBytes } = this.#options;
    const line = bytes.at(-1) === CARRIAGE_RETURN ? bytes.subarray(0, -1) : bytes;
    if (line.length === 0) {
      if (!this.#continuing) this.#counts.empty_lines++;
      return;
    }
    const tooLong = line.length > maxLineBytes;
    const kept = tooLong ? line.subarray(0, characterStart(line, maxLineBytes)) : line;
    if (tooLong) this.#cut.push(this.#lines.length);
    if (tooLong) this.#counts.cut_lines++;
    this.#counts.cut_bytes += line.length - kept.length;
    if (!isUtf8(kept)) this.#counts.invalid_utf8_lines++;
    if (this.#continuing && this.#lines.length === 0) this.#firstContinues = true;
    this.#lines.push(kept.toString("utf8"));
  }
}

/** Without the last character when some of its bytes are still to come. */
function wholeCharacters(bytes: Buffer): Buffer {
  const start = characterStart(bytes, bytes.length - 1);
  const last = bytes.subarray(Math.max(0, start));
  return last.length > 0 && !isUtf8(last) && mayGoOn(last) ? bytes.subarray(0, start) : bytes;
}

/** Whether these bytes are the beginning of a character of more of them. */
function mayGoOn(bytes: Buffer): boolean {
  const [first = 0] = bytes;
  const expected = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
  return bytes.length < expected;
}

/** NUL bytes only: space reserved at the end of a file, not a line. */
function isHole(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}

/**
 * The start of the character that byte `at` belongs to; in bytes that are not UTF-8 at most three
 * before `at`.
 */
function characterStart(bytes: Buffer, at: number): number {
  let start = at;
  while (start > at - 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start--;
  return start;
}

function noCounts(): SplitCounts {
  return { empty_lines: 0, cut_lines: 0, cut_bytes: 0, invalid_utf8_lines: 0, nul_bytes: 0 };
}
