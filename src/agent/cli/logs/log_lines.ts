/**
 * The lines of a log file that is put aside from time to time: the last ones, and those that come.
 *
 * @module
 */

import type { Clock } from "../../../shared/clock.ts";
import { openRegularFile } from "../../../shared/files/regular_file.ts";
import { readSync } from "node:fs";

const BLOCK_BYTES = 65_536;
/** How often a followed file is looked at, in milliseconds. */
const LOOK_INTERVAL_MS = 500;
/** A file that was put aside ends with `.1`, the one before it with `.2`. */
const MOST_KEPT = 100;
const NEWLINE = 10;

/** The last `count` lines, also of the files that were put aside, and where the newest file ends. */
export function lastLines(path: string, count: number): { lines: string[]; offset: number } {
  const { text, offset } = endOf(path, count);
  let lines = linesIn(text);
  for (let age = 1; age <= MOST_KEPT && lines.length < count; age++) {
    const earlier = endIfThere(`${path}.${age}`, count - lines.length);
    if (earlier === undefined) break;
    lines = [...linesIn(earlier), ...lines];
  }
  return { lines: count === 0 ? [] : lines.slice(-count), offset };
}

/** Gives the text of each look: whole lines that came behind `offset`, also of the file that takes this one's place. */
export async function* newLines(
  path: string,
  offset: number,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): AsyncGenerator<string[]> {
  const decoder = new LineDecoder();
  let file = open(path);
  let at = offset;
  try {
    for (;;) {
      const isReplaced = file === undefined || inodeOf(path) !== file.info.ino;
      if (file !== undefined) {
        const bytes = readFrom(file.descriptor, at);
        at += bytes.length;
        const lines = decoder.linesOf(bytes);
        if (lines.length > 0) yield lines;
      }
      if (isReplaced && inodeOf(path) !== undefined) {
        file?.[Symbol.dispose]();
        [file, at] = [open(path), 0];
        continue;
      }
      await clock.sleep(LOOK_INTERVAL_MS, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    file?.[Symbol.dispose]();
  }
}

/** Puts the beginning of a line that was read with one look before its end. */
class LineDecoder {
  readonly #decoder = new TextDecoder();
  #rest = "";

  linesOf(bytes: Uint8Array): string[] {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#rest = lines.pop() ?? "";
    return lines;
  }
}

function linesIn(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** The end of a file with `count` lines or a little more. @throws what the file system says */
function endOf(path: string, count: number): { text: string; offset: number } {
  using file = openRegularFile(path);
  const { size } = file.info;
  const blocks: Uint8Array[] = [];
  let newlines = 0;
  let start = size;
  while (start > 0 && newlines <= count) {
    const bytes = new Uint8Array(Math.min(BLOCK_BYTES, start));
    start -= bytes.length;
    readSync(file.descriptor, bytes, 0, bytes.length, start);
    newlines += bytes.filter((byte) => byte === NEWLINE).length;
    blocks.unshift(bytes);
  }
  const decoder = new TextDecoder();
  const text = blocks.map((bytes) => decoder.decode(bytes, { stream: true })).join("");
  // What begins in the middle of a line is no line.
  return { text: start > 0 ? text.slice(text.indexOf("\n") + 1) : text, offset: size };
}

function endIfThere(path: string, count: number): string | undefined {
  try {
    return endOf(path, count).text;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function open(path: string) {
  try {
    return openRegularFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function readFrom(descriptor: number, offset: number): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let at = offset;;) {
    const bytes = new Uint8Array(BLOCK_BYTES);
    const count = readSync(descriptor, bytes, 0, bytes.length, at);
    if (count === 0) return joined(pieces);
    pieces.push(bytes.subarray(0, count));
    at += count;
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

function inodeOf(path: string): number | null | undefined {
  try {
    return Deno.statSync(path).ino;
  } catch {
    return undefined;
  }
}
