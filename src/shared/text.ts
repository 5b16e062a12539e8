/**
 * Text for people: on one line, within bounds, in the right number.
 *
 * @module
 */

import type { z } from "zod";

/** `text` as one line of at most `maxLength` characters, fit for a log or an error message. */
export function oneLine(text: string, maxLength = 200): string {
  // Cut before the pattern runs, so that a huge answer costs no more than a short one.
  const start = text.slice(0, maxLength * 4);
  const line = start.replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();
  const tooLong = line.length > maxLength || start.length < text.length;
  return tooLong ? `${line.slice(0, maxLength - 1)}…` : line;
}

/** A number of things, such as `1 event` and `2 retries`. */
export function pluralize(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
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
