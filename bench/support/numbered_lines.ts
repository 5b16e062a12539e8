/**
 * Lines of one length, each with a number of its own.
 *
 * The number is how the sink tells lines apart, whatever a sender wraps around them: a marker,
 * nine digits, and behind them nothing that looks like the marker.
 *
 * @module
 */

/** What stands before the number of a line. */
export const MARKER = "seq=";
/** Digits of the number, padded with zeros. */
export const NUMBER_DIGITS = 9;

const BEFORE = "Feb 19 20:25:46 web-01 nginx[4711]: ";
const BEHIND =
  ' 198.51.100.23 GET /shop/items/4711?page=3 200 5120 "Mozilla/5.0 (X11; Linux x86_64)" ';
const FILLER = "upstream=10.0.0.12:8080 time=0.012 cache=MISS tls=TLSv1.3 host=www.example.org ";

/**
 * `count` lines of `lineBytes` bytes each, newline included, numbered from `first` on. The text is
 * ASCII; the quotes in it make a sender that writes JSON escape something.
 *
 * @throws RangeError when the lines are too short to hold a number
 */
export function numberedLines(first: number, count: number, lineBytes: number): Uint8Array {
  const template = lineTemplate(lineBytes);
  const lines = new Uint8Array(count * lineBytes);
  const encoder = new TextEncoder();
  const numberAt = BEFORE.length + MARKER.length;
  for (let index = 0; index < count; index++) {
    const start = index * lineBytes;
    lines.set(template, start);
    const number = String(first + index).padStart(NUMBER_DIGITS, "0");
    encoder.encodeInto(number, lines.subarray(start + numberAt, start + lineBytes));
  }
  return lines;
}

/** Bytes of a line that follow its number, newline included. */
export function bytesBehindNumber(lineBytes: number): number {
  return lineBytes - BEFORE.length - MARKER.length - NUMBER_DIGITS;
}

function lineTemplate(lineBytes: number): Uint8Array {
  const head = BEFORE + MARKER + "0".repeat(NUMBER_DIGITS) + BEHIND;
  if (head.length >= lineBytes) {
    throw new RangeError(`Lines of ${lineBytes} bytes are too short: at least ${head.length + 1}`);
  }
  const text = head + FILLER.repeat(Math.ceil(lineBytes / FILLER.length));
  return new TextEncoder().encode(text.slice(0, lineBytes - 1) + "\n");
}
