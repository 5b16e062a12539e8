/**
 * Characters and classes of characters, as PCRE2 names them, in the strict form of JavaScript.
 *
 * @module
 */

/** What stands between the brackets of a class, by name. */
type Insides = Readonly<Record<string, string>>;
type CodePoints = Readonly<Record<string, number>>;

/** `\s` and `\w` of PCRE2 are ASCII, those of JavaScript are not. */
const SPACE = String.raw`\t\n\v\f\r `;
/** What `.` fits. */
export const NOT_LINE_END = String.raw`[^\n]`;
/** What `\R` fits. */
export const LINE_END = String.raw`(?:\r\n|[\n\v\f\r\x85\u2028\u2029])`;

/** Escapes that stand for characters of a class: the inside of the class. */
export const CLASSES: Insides = {
  d: "0-9",
  s: SPACE,
  w: "A-Za-z0-9_",
  h: String.raw`\t \xa0`,
  v: String.raw`\n\v\f\r\x85\u2028\u2029`,
};

/** `[:name:]`: the inside of the class; upper and lower case are the same. */
export const POSIX: Insides = {
  alnum: "A-Za-z0-9",
  alpha: "A-Za-z",
  ascii: String.raw`\x00-\x7f`,
  blank: String.raw`\t `,
  cntrl: String.raw`\x00-\x1f\x7f`,
  digit: "0-9",
  graph: String.raw`\x21-\x7e`,
  lower: "A-Za-z",
  print: String.raw`\x20-\x7e`,
  punct: String.raw`\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e`,
  space: SPACE,
  upper: "A-Za-z",
  word: "A-Za-z0-9_",
  xdigit: "0-9A-Fa-f",
};

/** Escapes that stand for one character: its code point. */
export const CHARACTERS: CodePoints = {
  a: 0x07,
  e: 0x1b,
  f: 0x0c,
  n: 0x0a,
  r: 0x0d,
  t: 0x09,
};

/** A character that stands for itself. */
export function literal(character: string): string {
  return codePoint(character.codePointAt(0) ?? 0);
}

/** A character in a form that means it anywhere. */
export function codePoint(code: number): string {
  const character = String.fromCodePoint(code);
  return /^[A-Za-z0-9 _]$/.test(character) ? character : `\\u{${code.toString(16)}}`;
}

/** All characters but those of the inside of a class: in a class there is no way to say "not". */
export function complementOf(inside: string): string {
  const ranges = rangesOf(inside).sort(([one], [other]) => one - other);
  let text = "";
  let next = 0;
  for (const [first, last] of ranges) {
    if (first > next) text += `${codePoint(next)}-${codePoint(first - 1)}`;
    next = Math.max(next, last + 1);
  }
  return `${text}${codePoint(next)}-${codePoint(0x10ffff)}`;
}

/** The ranges of the inside of one of the classes above. */
function rangesOf(inside: string): [first: number, last: number][] {
  const one = String.raw`(?:\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\[tnvfr]|[^\\])`;
  return [...inside.matchAll(new RegExp(`(${one})(?:-(${one}))?`, "g"))].map((
    [, first = "", last],
  ) => [
    codeOf(first),
    codeOf(last ?? first),
  ]);
}

function codeOf(written: string): number {
  const hex = /^\\[xu]([0-9a-f]+)$/.exec(written)?.[1];
  if (hex !== undefined) return parseInt(hex, 16);
  const controls = "tnvfr";
  return written.startsWith("\\")
    ? [0x09, 0x0a, 0x0b, 0x0c, 0x0d][controls.indexOf(written[1] ?? "")] ?? 0
    : written.charCodeAt(0);
}
