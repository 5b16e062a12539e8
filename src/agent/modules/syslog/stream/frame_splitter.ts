/**
 * Cuts a stream of bytes into messages, as RFC 6587 has it: each is preceded by its length (octet counting), or ended by a newline;
 * some senders end it by a NUL, as that RFC says.
 *
 * Which of the two it is, the first bytes of a connection say when nobody else does: a number, a space and `<` begin a counted
 * message, anything else a line. It stays so for the connection: whoever can write into a message must not be able to change the
 * framing behind it.
 *
 * However long a message says it is, no more than the bound is kept of it; the rest is passed over as it comes.
 *
 * @module
 */

import { withoutEnd } from "../message/without_end.ts";

/** How messages are told from each other; `auto`: as the first bytes say. */
export type Framing = "auto" | "octet_counting" | "newline";

/** One message as it came. */
interface Frame {
  bytes: Uint8Array;
  /** It was longer than the bound, and this is its beginning. */
  truncated: boolean;
  /** The connection ended before the newline that ends a line. */
  unfinished: boolean;
}

/** What a stream ended with. */
interface StreamEnd {
  /** A last line without a newline. */
  frame?: Frame;
  /** Bytes that came of a counted message that did not come wholly. */
  lostBytes: number;
}

/** What does not fit the framing: nothing behind it can be understood. */
export class FramingError extends Error {
  override readonly name = "FramingError";
}

/** No real message says that it is longer. */
const MOST_COUNTED_BYTES = 16 * 1024 * 1024;
const MOST_DIGITS = String(MOST_COUNTED_BYTES).length;
const FIRST_BYTES = 512;

const NOTHING = new Uint8Array();

const NUL = 0x00;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const ZERO = 0x30;
const NINE = 0x39;
const LESS_THAN = 0x3c;

/** Cuts one stream. */
export class FrameSplitter {
  readonly #maxBytes: number;
  readonly #endsAtNul: boolean;
  #framing: Framing;
  /** First bytes that do not say yet what the framing is: a number at most. */
  #head: Uint8Array = NOTHING;
  /** What has come of the message that is not whole yet. */
  #pending = new Uint8Array(FIRST_BYTES);
  #length = 0;
  #truncated = false;
  /** Digits of a length that is not whole yet. */
  #digits = "";
  /** Bytes that a counted message still lacks; `undefined` between two. */
  #missing: number | undefined;
  /** Bytes of it that have come, also those that were passed over. */
  #came = 0;

  /** `endsAtNul`: lines may also end with a NUL. */
  constructor(
    { framing, maxBytes, endsAtNul = false }: {
      framing: Framing;
      maxBytes: number;
      endsAtNul?: boolean;
    },
  ) {
    this.#framing = framing;
    this.#maxBytes = maxBytes;
    this.#endsAtNul = endsAtNul;
  }

  /** True while a message has begun that is not whole. */
  get isWithin(): boolean {
    return this.#head.length > 0 || this.#length > 0 || this.#truncated || this.#digits !== "" ||
      this.#missing !== undefined;
  }

  /**
   * The messages that are whole with `bytes`; they are copies.
   *
   * @throws {FramingError} after the last message that could be told from the others was given
   */
  *push(bytes: Uint8Array): Generator<Frame> {
    let rest = bytes;
    if (this.#framing === "auto") {
      rest = joined(this.#head, bytes);
      const framing = framingOf(rest);
      this.#head = framing === undefined ? rest : NOTHING;
      if (framing === undefined) return;
      this.#framing = framing;
    }
    if (this.#framing === "newline") yield* this.#lines(rest);
    else yield* this.#counted(rest);
  }

  /** What is left when nothing more comes. */
  end(): StreamEnd {
    const isLine = this.#framing !== "octet_counting";
    this.#keep(this.#head);
    const lostBytes = isLine ? 0 : this.#came + this.#digits.length;
    const frame = isLine && this.#length > 0 ? this.#frame(true) : undefined;
    this.#clear();
    return { ...(frame && { frame }), lostBytes };
  }

  *#lines(bytes: Uint8Array): Generator<Frame> {
    for (let start = 0; start < bytes.length;) {
      const end = this.#endOfLine(bytes, start);
      this.#keep(bytes.subarray(start, end));
      if (end === bytes.length) return;
      start = end + 1;
      const frame = this.#frame(false);
      if (frame !== undefined) yield frame;
    }
  }

  /** Where the line that begins at `start` ends; the end of the bytes when its end is not among them. */
  #endOfLine(bytes: Uint8Array, start: number): number {
    const newline = bytes.indexOf(LF, start);
    const end = newline === -1 ? bytes.length : newline;
    const nul = this.#endsAtNul ? bytes.subarray(start, end).indexOf(NUL) : -1;
    return nul === -1 ? end : start + nul;
  }

  *#counted(bytes: Uint8Array): Generator<Frame> {
    for (let at = 0; at < bytes.length;) {
      if (this.#missing === undefined) {
        this.#countDigit(bytes[at] ?? 0);
        at++;
        continue;
      }
      const part = bytes.subarray(at, at + this.#missing);
      this.#keep(part);
      at += part.length;
      this.#came += part.length;
      this.#missing -= part.length;
      if (this.#missing > 0) return;
      const frame = this.#frame(false);
      if (frame !== undefined) yield frame;
    }
  }

  #countDigit(byte: number): void {
    if (byte === SPACE && this.#digits !== "") {
      this.#missing = Number(this.#digits);
      this.#digits = "";
      if (this.#missing > MOST_COUNTED_BYTES) throw tooLong(this.#missing);
      return;
    }
    // Some put a line's end behind a counted message, too.
    if (this.#digits === "" && (byte === LF || byte === CR || byte === NUL)) return;
    const isDigit = byte >= ZERO && byte <= NINE && !(byte === ZERO && this.#digits === "");
    if (!isDigit) throw new FramingError("no length of a message stands where one should be");
    this.#digits += String.fromCharCode(byte);
    if (this.#digits.length > MOST_DIGITS) throw tooLong(Number(this.#digits));
  }

  /** Puts bytes behind what is pending, up to the bound. */
  #keep(bytes: Uint8Array): void {
    const kept = bytes.subarray(0, this.#maxBytes - this.#length);
    if (kept.length < bytes.length) this.#truncated = true;
    this.#reserve(this.#length + kept.length);
    this.#pending.set(kept, this.#length);
    this.#length += kept.length;
  }

  #reserve(length: number): void {
    if (length <= this.#pending.length) return;
    const larger = new Uint8Array(
      Math.min(this.#maxBytes, Math.max(length, 2 * this.#pending.length)),
    );
    larger.set(this.#pending.subarray(0, this.#length));
    this.#pending = larger;
  }

  /** What is pending as a message; `undefined` when there is nothing in it. */
  #frame(unfinished: boolean): Frame | undefined {
    const bytes = this.#pending.slice(0, this.#length);
    const truncated = this.#truncated;
    this.#clear();
    const trimmed = truncated ? bytes : withoutEnd(bytes);
    return trimmed.length === 0 ? undefined : { bytes: trimmed, truncated, unfinished };
  }

  #clear(): void {
    this.#head = NOTHING;
    this.#length = 0;
    this.#truncated = false;
    this.#digits = "";
    this.#missing = undefined;
    this.#came = 0;
    // A long message is the exception: its room is given back.
    if (this.#pending.length > 16 * FIRST_BYTES) this.#pending = new Uint8Array(FIRST_BYTES);
  }
}

/** How the stream that begins so is framed; `undefined` while that cannot be told. */
function framingOf(start: Uint8Array): Exclude<Framing, "auto"> | undefined {
  let digits = 0;
  while (digits < start.length && isDigit(start[digits])) digits++;
  if (digits > MOST_DIGITS || start[0] === ZERO) return "newline";
  if (digits === start.length) return undefined;
  if (digits === 0 || start[digits] !== SPACE) return "newline";
  const next = start[digits + 1];
  if (next === undefined) return undefined;
  return next === LESS_THAN ? "octet_counting" : "newline";
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

function tooLong(bytes: number): FramingError {
  return new FramingError(`a message says that it has ${bytes} bytes, more than any has`);
}
