/**
 * Reads systemd's journal export format (systemd.io/JOURNAL_EXPORT_FORMATS), piece by piece.
 *
 * An entry is lines, ended by an empty one. A field is `NAME=value`, or, when its value holds control characters, `NAME`, a newline,
 * the number of bytes as 64 bits (little-endian), the bytes and a newline. A piece may end anywhere, also within a number.
 *
 * An entry of lines only, which most are, is passed on whole and not taken apart.
 *
 * Bytes are looked at as a text of one character each, which engines search and cut without copying; positions are those of bytes. Of a
 * value that is too long only its beginning is kept, and the rest is never held: an entry may have hundreds of megabytes.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { FieldEntry, type JournalEntry, TextEntry } from "./journal_entry.ts";

/** How much is kept. */
interface ExportLimits {
  /** Of one value. */
  maxValueBytes: number;
  /** Of all values of an entry together. */
  maxEntryBytes: number;
}

/** The length in front of a binary value. */
const LENGTH_BYTES = 8;
/** Names have up to 64 characters; what is longer without an end is nothing that a journal writes. */
const MAX_NAME = 256;
/** Journald takes entries of up to 1,024 fields. */
const MAX_VALUES = 2_048;
/** Where the bytes of a value go whose end has not come. */
interface OpenValue {
  name: string;
  kept: string;
  cutBytes: number;
  /** Bytes that are still to come, with the newline behind them; `undefined` until a newline. */
  left: number | undefined;
}

/** Turns pieces of an export into entries. */
export class ExportParser {
  readonly #limits: ExportLimits;
  /** An entry without binary values, up to its empty line. */
  readonly #linesOnly = /(?:[A-Z_][A-Z0-9_]{0,63}=[^\n]*\n)+(?=\n)/y;
  #rest = "";
  #open: OpenValue | undefined;
  #entry = new FieldEntry();
  #keptBytes = 0;
  #values = 0;

  constructor(limits: ExportLimits) {
    this.#limits = limits;
  }

  /**
   * The entries that end in this piece, oldest first.
   *
   * @throws {Error} for what is no export format
   */
  *push(piece: Uint8Array): Generator<JournalEntry> {
    const { buffer, byteOffset, byteLength } = piece;
    let text = Buffer.from(buffer, byteOffset, byteLength).toString("latin1");
    if (this.#rest !== "") text = this.#rest + text;
    this.#rest = "";
    let at = 0;
    while (at < text.length) {
      if (this.#open !== undefined) {
        at = this.#goOn(this.#open, text, at);
        continue;
      }
      const lines = this.#entry.isEmpty ? this.#linesAt(text, at) : undefined;
      if (lines !== undefined) {
        at += lines.length + 1;
        yield new TextEntry(lines);
        continue;
      }
      const newline = text.indexOf("\n", at);
      if (newline === at) {
        at++;
        if (!this.#entry.isEmpty) yield this.#take();
      } else if (newline === -1) {
        return this.#keepRest(text, at);
      } else {
        const next = this.#field(text, at, newline);
        // The length has not come wholly.
        if (next === undefined) {
          this.#rest = text.slice(at);
          return;
        }
        at = next;
      }
    }
  }

  /** The entry that begins at `at`, if it is whole, has lines only, and nothing of it is too long. */
  #linesAt(text: string, at: number): string | undefined {
    this.#linesOnly.lastIndex = at;
    const [lines] = this.#linesOnly.exec(text) ?? [];
    return lines !== undefined && lines.length <= this.#limits.maxValueBytes ? lines : undefined;
  }

  /** Reads the line from `at` to `newline`; returns where to go on, `undefined` when more has to come first. */
  #field(text: string, at: number, newline: number): number | undefined {
    const equals = text.indexOf("=", at);
    const hasValue = equals !== -1 && equals < newline;
    if ((hasValue ? equals : newline) - at > MAX_NAME) throw noExport();
    if (hasValue) {
      this.#add(text.slice(at, equals), text.slice(equals + 1, newline));
      return newline + 1;
    }
    const start = newline + 1 + LENGTH_BYTES;
    if (text.length < start) return undefined;
    const length = lengthAt(text, newline + 1);
    const name = text.slice(at, newline);
    if (text.length > start + length) {
      this.#add(name, text.slice(start, start + length));
      return start + length + 1;
    }
    this.#open = { name, kept: "", cutBytes: 0, left: length + 1 };
    return start;
  }

  /** A line whose end has not come: kept, or begun when it is long. */
  #keepRest(text: string, at: number): void {
    const equals = text.indexOf("=", at);
    const { maxValueBytes } = this.#limits;
    if (equals === -1) {
      if (text.length - at > MAX_NAME) throw noExport();
    } else if (equals - at > MAX_NAME) {
      throw noExport();
    } else if (text.length - equals > maxValueBytes) {
      this.#open = { name: text.slice(at, equals), kept: "", cutBytes: 0, left: undefined };
      this.#goOn(this.#open, text, equals + 1);
      return;
    }
    this.#rest = text.slice(at);
  }

  /** Takes what came of an open value from `at` on; returns where to go on. */
  #goOn(value: OpenValue, text: string, at: number): number {
    const newline = value.left === undefined ? text.indexOf("\n", at) : at + value.left - 1;
    const isWhole = newline !== -1 && newline < text.length;
    const end = isWhole ? newline : text.length;
    const room = Math.max(0, this.#limits.maxValueBytes - value.kept.length);
    value.kept += text.slice(at, Math.min(end, at + room));
    value.cutBytes += Math.max(0, end - at - room);
    if (value.left !== undefined) value.left -= end - at;
    if (!isWhole) return end;
    this.#open = undefined;
    this.#add(value.name, value.kept, value.cutBytes);
    return end + 1;
  }

  #add(name: string, value: string, cutBytes = 0): void {
    const { maxValueBytes, maxEntryBytes } = this.#limits;
    const room = this.#values < MAX_VALUES
      ? Math.max(0, Math.min(maxValueBytes, maxEntryBytes - this.#keptBytes))
      : 0;
    const isCut = cutBytes > 0 || value.length > room;
    const kept = isCut ? wholeCharacters(value.slice(0, room)) : value;
    const lost = cutBytes + value.length - kept.length;
    if (lost > 0) this.#entry.noteCut(name, lost);
    if (this.#values === MAX_VALUES) return;
    this.#values++;
    this.#keptBytes += kept.length;
    this.#entry.add(name, kept);
  }

  #take(): JournalEntry {
    const entry = this.#entry;
    this.#entry = new FieldEntry();
    this.#keptBytes = 0;
    this.#values = 0;
    return entry;
  }
}

/** Without the last character when some of its bytes were cut off. */
function wholeCharacters(value: string): string {
  let start = value.length - 1;
  while (start > value.length - 4 && (value.charCodeAt(start) & 0xc0) === 0x80) start--;
  const first = value.charCodeAt(start);
  const expected = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
  return value.length - start < expected ? value.slice(0, start) : value;
}

function lengthAt(text: string, at: number): number {
  let length = 0;
  for (let index = LENGTH_BYTES - 1; index >= 0; index--) {
    length = length * 256 + text.charCodeAt(at + index);
  }
  if (!Number.isSafeInteger(length)) throw noExport();
  return length;
}

function noExport(): Error {
  return new Error("the journal sent what is no export format");
}
