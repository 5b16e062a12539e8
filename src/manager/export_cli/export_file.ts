/**
 * The file that events are exported to. Its last whole line says how far it is, so whatever moment the export is killed at, it goes on
 * without a line that is missing, cut, or there twice.
 *
 * @module
 */

import { AgentError, messageOf } from "../../shared/errors.ts";
import { lastNumberIn } from "./event_source.ts";

/** A line is an event, which came in a body of 10 MB at most by default; read in pieces until its beginning is found. */
const PIECE_BYTES = 1_048_576;
const NEWLINE = 10;
const FIRST_LINE = '{"number":';
/** A number of a cluster of 64 streams. */
const MAX_HEAD_BYTES = 2_048;

/** The file, open. */
export class ExportFile implements Disposable {
  /** Number of the last event in it; `undefined` when it has none. */
  readonly last: string | undefined;
  readonly #file: Deno.FsFile;

  private constructor(file: Deno.FsFile, last: string | undefined) {
    this.#file = file;
    this.last = last;
  }

  /**
   * Opens it, or makes it, and cuts off what is no whole line.
   *
   * @throws AgentError when it cannot be written, or holds something else
   */
  static open(path: string): ExportFile {
    try {
      const file = Deno.openSync(path, { read: true, write: true, create: true, mode: 0o600 });
      return new ExportFile(file, cutToWholeLines(file, path));
    } catch (error) {
      if (error instanceof AgentError) throw error;
      throw new AgentError("failed", `Cannot write "${path}": ${messageOf(error)}`, {
        cause: error,
        hint: "name a file that may be written",
      });
    }
  }

  /** Appends whole lines; they are on disk when this returns. */
  write(text: string): void {
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length;) at += this.#file.writeSync(bytes.subarray(at));
    this.#file.syncDataSync();
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/** Leaves the file at its end; returns the number of the last event. Nothing is cut off what is no export. */
function cutToWholeLines(file: Deno.FsFile, path: string): string | undefined {
  const { size } = file.statSync();
  const end = lineEndBefore(file, size);
  const last = end === 0
    ? undefined
    : lastNumberIn(beginningOf(file, lineEndBefore(file, end - 1), end));
  const isOwn = end === 0
    ? FIRST_LINE.startsWith(beginningOf(file, 0, FIRST_LINE.length)) || size === 0
    : last !== undefined;
  if (!isOwn) {
    throw new AgentError("failed", `"${path}" does not end with an exported event`, {
      hint: "name a new file, or one that an export has written",
    });
  }
  file.truncateSync(end);
  file.seekSync(0, Deno.SeekMode.End);
  return last;
}

/** Enough of a line to read its number. */
function beginningOf(file: Deno.FsFile, from: number, end: number): string {
  return new TextDecoder().decode(read(file, from, Math.min(end, from + MAX_HEAD_BYTES)));
}

/** The place behind the last line end before `end`; 0 when there is none. */
function lineEndBefore(file: Deno.FsFile, end: number): number {
  for (let to = end; to > 0;) {
    const from = Math.max(0, to - PIECE_BYTES);
    const at = read(file, from, to).lastIndexOf(NEWLINE);
    if (at >= 0) return from + at + 1;
    to = from;
  }
  return 0;
}

function read(file: Deno.FsFile, from: number, to: number): Uint8Array {
  const bytes = new Uint8Array(to - from);
  file.seekSync(from, Deno.SeekMode.Start);
  let at = 0;
  while (at < bytes.length) {
    const count = file.readSync(bytes.subarray(at));
    if (count === null) break;
    at += count;
  }
  return bytes.subarray(0, at);
}
