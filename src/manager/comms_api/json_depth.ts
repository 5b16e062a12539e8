/**
 * How deep a JSON text is nested, told before it is parsed.
 *
 * What is made of an event later (canonical text, digests, other programs' parsers) calls itself once for each level, and ends for
 * want of stack at some thousand.
 *
 * @module
 */

/** Nobody describes a thing in more levels. */
export const MAX_LEVELS = 256;

/** Whether `text`, which is valid JSON or is refused anyway, is nested deeper than {@linkcode MAX_LEVELS}. */
export function isTooDeep(text: string): boolean {
  // Each level takes a sign for its beginning and one for its end: most lines have too few of them.
  if (text.length < 2 * MAX_LEVELS) return false;
  if (!hasMoreThan(text, MAX_LEVELS)) return false;
  let level = 0;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (sign === '"') at = endOfString(text, at);
    else if (sign === "{" || sign === "[") level++;
    else if (sign === "}" || sign === "]") level--;
    if (level > MAX_LEVELS) return true;
  }
  return false;
}

/** Where the string ends that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

function hasMoreThan(text: string, count: number): boolean {
  let found = 0;
  for (const sign of ["{", "["]) {
    for (let at = text.indexOf(sign); at >= 0; at = text.indexOf(sign, at + 1)) {
      if (++found > count) return true;
    }
  }
  return false;
}
