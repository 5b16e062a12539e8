/**
 * Looks at JSON before it is parsed: 16 MB of `{}` become gigabytes of objects, while counting its signs costs some milliseconds.
 *
 * @module
 */

/** What an answer may hold at most. */
const MAX_VALUES = 500_000;
const MAX_LEVELS = 256;

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const OPENING: ReadonlySet<number | undefined> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number | undefined> = new Set([0x5d, 0x7d]);

/** Why a JSON text is not worth parsing, such as `more than 500000 values`; `undefined` when it is. */
export function excessIn(bytes: Uint8Array): string | undefined {
  let values = 0;
  let level = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    // Signs within a text are no structure.
    if (byte === QUOTE) at = endOfString(bytes, at);
    else if (byte === COMMA || byte === COLON) values++;
    else if (OPENING.has(byte)) {
      values++;
      if (++level > MAX_LEVELS) return `nested deeper than ${MAX_LEVELS} levels`;
    } else if (CLOSING.has(byte)) level--;
    if (values > MAX_VALUES) return `more than ${MAX_VALUES} values`;
  }
  return undefined;
}

/** The position of the quote that ends the string which begins at `start`. */
function endOfString(bytes: Uint8Array, start: number): number {
  for (let at = start + 1;;) {
    const quote = bytes.indexOf(QUOTE, at);
    if (quote === -1) return bytes.length;
    if (!isEscaped(bytes, quote)) return quote;
    at = quote + 1;
  }
}

/** A quote after an odd number of backslashes belongs to the string. */
function isEscaped(bytes: Uint8Array, quote: number): boolean {
  let first = quote;
  while (bytes[first - 1] === BACKSLASH) first--;
  return (quote - first) % 2 === 1;
}
