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
import { CarefulSplitter } from "./careful_splitter.ts";
import { noCounts, type SplitOptions, type SplitResult } from "./split_result.ts";

const NEWLINE = 0x0a;
const MAX_UTF8_BYTES_A_UNIT = 3;
/** Several times as fast as `Buffer.toString`. A byte order mark inside a file is text. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

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
