/**
 * Text for people: on one line, within bounds, in the right number.
 *
 * @module
 */

import type { z } from "zod";

/** C0 and C1 controls, line and paragraph separators, and what changes the direction of the text after it. */
// deno-lint-ignore no-control-regex
const UNSEEN = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * `text` with everything that a terminal would obey shown as an escape, such as `\x1b` and `\u202e`: text from outside can neither
 * begin a line of its own nor paint, clear or turn what stands around it.
 */
export function visible(text: string): string {
  return text.replace(UNSEEN, (character) => {
    if (character === "\n") return "\\n";
    const code = character.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`;
  });
}

/**
 * Text of several lines as a terminal may get it: everything but line ends and tabs is shown as an escape of the form `\u202e`,
 * which means the same within JSON.
 */
export function visibleLines(text: string): string {
  return text.replace(/[^\n\t]+/g, visibleJson);
}

/** {@linkcode visible} for JSON text, which stays JSON with the same meaning. */
export function visibleJson(text: string): string {
  return text.replace(
    UNSEEN,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** `text` as one line of at most `maxLength` characters, fit for a log, a terminal or an error message. */
export function oneLine(text: string, maxLength = 200): string {
  // Cut before the pattern runs, so that a huge answer costs no more than a short one.
  const start = text.slice(0, maxLength * 4);
  const line = visible(start.replace(/[\s\0\p{Zl}\p{Zp}]+/gu, " ").trim());
  const tooLong = line.length > maxLength || start.length < text.length;
  return tooLong ? `${line.slice(0, maxLength - 1)}…` : line;
}

/** A number of things, such as `1 event` and `2 retries`. */
export function pluralize(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

const SIZE_UNITS = ["KiB", "MiB", "GiB", "TiB"];

/** A number of bytes for people, such as `17 B` and `1.5 MiB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${Math.round(bytes)} B`;
  let size = bytes;
  let unit = "";
  for (const next of SIZE_UNITS) {
    if (size < 1023.95) break;
    [size, unit] = [size / 1024, next];
  }
  return `${size < 99.95 ? Number(size.toFixed(1)) : Math.round(size)} ${unit}`;
}

/** The two largest units of a number of seconds, such as `3 min 5 s`. */
export function durationText(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  if (seconds < 86_400) {
    return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds % 3600 / 60)} min`;
  }
  return `${Math.floor(seconds / 86_400)} d ${Math.floor(seconds % 86_400 / 3600)} h`;
}

/**
 * `text` if it is no longer than `maxBytes` as UTF-8; else its beginning and a mark that says how long it was, together no longer
 * than that.
 */
export function truncate(text: string, maxBytes: number): string {
  const bytes = byteLength(text);
  if (bytes <= maxBytes) return text;
  const mark = ` [cut: ${bytes} bytes]`;
  const room = new Uint8Array(Math.max(0, maxBytes - mark.length));
  return text.slice(0, new TextEncoder().encodeInto(text, room).read) + mark;
}

/** Length as UTF-8. */
export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** So many problems are named; the first is mostly the one that counts. */
const MAX_ISSUES = 3;

/**
 * What a schema says is wrong, in one line: `"args.groups[1]": expected string, received number`.
 *
 * @param root name of the value itself; without one, what is wrong with it as a whole stands alone
 */
export function describeIssues(error: z.ZodError, root = ""): string {
  const texts = error.issues.slice(0, MAX_ISSUES).map(({ path, message }) => {
    const what = message.replace(/^Invalid input: /, "");
    const where = pathText(root, path);
    return where === "" ? what : `"${where}": ${what}`;
  });
  const more = error.issues.length - texts.length;
  return texts.join("; ") + (more > 0 ? `; and ${more} more` : "");
}

function pathText(root: string, path: readonly PropertyKey[]): string {
  const steps = path.map((key) => typeof key === "number" ? `[${key}]` : `.${String(key)}`);
  return (root + steps.join("")).replace(/^\./, "");
}
