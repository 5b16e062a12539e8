/**
 * How the bytes of a log stand for characters, as far as cutting them into lines needs it.
 *
 * Every encoding of the WHATWG list can be read in which a newline is the byte 0x0a wherever it
 * stands, and UTF-16, in which it is a unit of two bytes. Left out is what keeps a state between
 * lines (ISO-2022-JP).
 *
 * @module
 */

import { type Buffer, isUtf8 } from "node:buffer";

const NEWLINE = 0x0a;
const RETURN = 0x0d;
/** Most bytes of one character, less one: so many may be missing at a border. */
const MOST_MISSING = 3;

/** One encoding. */
export interface TextEncoding {
  /** As in the WHATWG list, such as `utf-16le`. */
  name: string;
  /** Bytes of the smallest unit: 2 for UTF-16. */
  unitBytes: 1 | 2;
  /** Place of the byte 0x0a within a newline. */
  newlineAt: 0 | 1;
  decode(bytes: Uint8Array): string;
  /** Whether the bytes are whole characters of this encoding. */
  isValid(bytes: Uint8Array): boolean;
  /** The bytes without the last character when some of its bytes are still to come. */
  whole(bytes: Buffer): Buffer;
  /** The first `most` of more bytes, without a character that they would cut. */
  first(bytes: Buffer, most: number): Buffer;
}

/** What logs are written in unless something says otherwise. */
export const UTF_8: TextEncoding = {
  name: "utf-8",
  unitBytes: 1,
  newlineAt: 0,
  decode: (bytes) => (bytes as Buffer).toString("utf8"),
  isValid: (bytes) => isUtf8(bytes),
  whole: wholeUtf8,
  first: (bytes, most) => bytes.subarray(0, characterStart(bytes, most)),
};

/** The encoding of that name; `undefined` when there is none, or when it cannot be cut into lines. */
export function textEncoding(label: string): TextEncoding | undefined {
  const decoder = decoderOf(label);
  if (decoder === undefined) return undefined;
  const name = decoder.encoding;
  if (name === "utf-8") return UTF_8;
  if (name === "iso-2022-jp") return undefined;
  const strict = new TextDecoder(name, { fatal: true, ignoreBOM: true });
  const unitBytes = name.startsWith("utf-16") ? 2 : 1;
  const isValid = (bytes: Uint8Array) => tries(() => strict.decode(bytes));
  const whole = (bytes: Buffer) => withoutPart(bytes, { unitBytes, isValid });
  return {
    name,
    unitBytes,
    newlineAt: name === "utf-16be" ? 1 : 0,
    decode: (bytes) => decoder.decode(bytes),
    isValid,
    whole,
    first: (bytes, most) => whole(bytes.subarray(0, most)),
  };
}

/** What the first bytes of a file say about the rest: the encoding, and how long the mark is. */
export function byteOrderMark(
  head: Uint8Array,
): { encoding: TextEncoding; bytes: number } | undefined {
  const [first, second, third] = head;
  if (first === 0xef && second === 0xbb && third === 0xbf) return { encoding: UTF_8, bytes: 3 };
  const name = first === 0xff && second === 0xfe
    ? "utf-16le"
    : first === 0xfe && second === 0xff
    ? "utf-16be"
    : undefined;
  const encoding = name && textEncoding(name);
  return encoding ? { encoding, bytes: 2 } : undefined;
}

/** Where the next newline begins, `from` being the start of a unit; -1 for none. */
export function indexOfNewline(block: Buffer, from: number, encoding: TextEncoding): number {
  const { unitBytes, newlineAt } = encoding;
  if (unitBytes === 1) return block.indexOf(NEWLINE, from);
  for (let at = block.indexOf(NEWLINE, from); at !== -1; at = block.indexOf(NEWLINE, at + 1)) {
    const start = at - newlineAt;
    const isUnit = start >= from && (start - from) % 2 === 0 && start + 1 < block.length;
    if (isUnit && block[at + 1 - 2 * newlineAt] === 0) return start;
  }
  return -1;
}

/** Whether the last character is `\r`. */
export function endsWithReturn(bytes: Buffer, { unitBytes, newlineAt }: TextEncoding): boolean {
  const start = bytes.length - unitBytes;
  if (unitBytes === 1) return bytes.at(-1) === RETURN;
  return start >= 0 && bytes[start + newlineAt] === RETURN && bytes[start + 1 - newlineAt] === 0;
}

/** {@linkcode TextEncoding.whole} where only trying tells what belongs together. */
function withoutPart(
  bytes: Buffer,
  { unitBytes, isValid }: Pick<TextEncoding, "unitBytes" | "isValid">,
): Buffer {
  for (let missing = 0; missing <= Math.min(MOST_MISSING, bytes.length); missing++) {
    const shorter = bytes.subarray(0, bytes.length - missing);
    if (isValid(shorter)) return shorter;
  }
  // Something before is wrong: of this nothing can be told but that units stay whole.
  return bytes.subarray(0, bytes.length - bytes.length % unitBytes);
}

function wholeUtf8(bytes: Buffer): Buffer {
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

/**
 * The start of the character that byte `at` belongs to; in bytes that are not UTF-8 at most three
 * before `at`.
 */
function characterStart(bytes: Buffer, at: number): number {
  let start = at;
  while (start > at - 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start--;
  return start;
}

function decoderOf(label: string): TextDecoder | undefined {
  try {
    return new TextDecoder(label, { ignoreBOM: true });
  } catch {
    return undefined;
  }
}

function tries(decode: () => unknown): boolean {
  try {
    decode();
    return true;
  } catch {
    return false;
  }
}
