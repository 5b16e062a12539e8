/**
 * Paths as the kernel has them, which need not be UTF-8, and as text.
 *
 * A byte that is no UTF-8, a control character and the backslash are shown as `\xHH`, so that every path has one text and every such text
 * one path.
 *
 * @module
 */

const encoder = new TextEncoder();
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const DELETE = 0x7f;

/** What is not shown as it is, were it UTF-8. */
// deno-lint-ignore no-control-regex -- control characters are what is looked for
const SPECIAL = /[\x00-\x1f\x7f-\x9f\\]/;

/** The text that stands for a path. */
export function showPath(path: Uint8Array): string {
  return plainText(path) ?? escapedText(path);
}

/** `undefined` when something has to be escaped: rare, and dearer. */
function plainText(path: Uint8Array): string | undefined {
  try {
    const text = strictDecoder.decode(path);
    return SPECIAL.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

function escapedText(path: Uint8Array): string {
  let text = "";
  for (let at = 0; at < path.length;) {
    const length = utf8Length(path, at);
    if (length === 0) text += `\\x${(path[at] ?? 0).toString(16).padStart(2, "0")}`;
    else {text += new TextDecoder("utf-8", { ignoreBOM: true }).decode(
        path.subarray(at, at + length),
      );}
    at += Math.max(1, length);
  }
  return text;
}

/** The path that a text of {@linkcode showPath} stands for. */
export function readPath(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const part of text.split(/(\\x[0-9a-f]{2})/)) {
    if (/^\\x[0-9a-f]{2}$/.test(part)) bytes.push(Number.parseInt(part.slice(2), 16));
    else for (const byte of encoder.encode(part)) bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

/** Bytes of the character at `at` that can be shown as it is; 0 when it cannot. */
function utf8Length(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return first < SPACE || first === DELETE || first === BACKSLASH ? 0 : 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(at, at + length));
    // Control characters above ASCII could move the cursor of a terminal as well.
    return /^\p{Cc}$/u.test(text) ? 0 : length;
  } catch {
    return 0;
  }
}
