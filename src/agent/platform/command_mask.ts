/**
 * Secrets in command lines.
 *
 * @module
 */

/** What stands for a secret. */
const MASK = "********";

/** Stands between two arguments while patterns look at them: white space for `\s`, and hardly ever within an argument. */
const BETWEEN = "\u2029";

/** Longer ones are cut before anything looks at them: no field of an index takes more. */
const MAX_CHARACTERS = 16_384;

/** The patterns that are used unless others are given; their group keeps what is before the secret. */
export const DEFAULT_MASKS: readonly string[] = [
  String
    .raw`(--?[a-z0-9_-]{0,32}(?:password|passwd|passphrase|pwd|secret|token|api[-_]?key|access[-_]?key)[= ])\S+`,
  String.raw`(\b[a-z0-9_]{0,32}(?:password|passwd|secret|token|api_?key|_pwd)=)\S+`,
  String.raw`(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@]{0,256}:)[^\s/]+(?=@)`,
  // As curl has user and password; two numbers are ids, as docker has them.
  String.raw`((?:^|\s)(?:-u|--user|--proxy-user)[= ]?[^\s:/]{1,64}:)(?!\d+(?:\s|$))\S+`,
  String.raw`(\b(?:bearer|basic) )\S+`,
];

/** Hides what patterns find. */
export class CommandMask {
  readonly #patterns: readonly RegExp[];

  /**
   * @param patterns regular expressions of JavaScript; upper and lower case are the same, a blank also is the border of two arguments
   * @throws {SyntaxError} for one that is none
   */
  constructor(patterns: readonly string[] = DEFAULT_MASKS) {
    this.#patterns = patterns.map((pattern) => new RegExp(withBorders(pattern), "gi"));
  }

  /** The arguments with secrets hidden. */
  hide(args: readonly string[]): string[] {
    if (args.length === 0) return [];
    const line = args.map((arg) => arg.replaceAll(BETWEEN, " ")).join(BETWEEN);
    return this.#patterns.reduce(
      (text, pattern) => text.replace(pattern, masked),
      line.slice(0, MAX_CHARACTERS),
    ).split(BETWEEN);
  }
}

/** The pattern with every blank standing for the border of two arguments as well. */
function withBorders(pattern: string): string {
  let isInClass = false;
  return pattern.replace(/\\.|[[\] ]/gs, (part) => {
    if (part === "[") isInClass = true;
    else if (part === "]") isInClass = false;
    else if (part === " ") return isInClass ? ` ${BETWEEN}` : `[ ${BETWEEN}]`;
    return part;
  });
}

/** What a pattern's first group found stays; without one, the option's name does, up to `=` or a blank. */
function masked(found: string, kept: unknown): string {
  if (typeof kept === "string") return `${kept}${MASK}`;
  return `${/^[^=\s]*[=\s]/.exec(found)?.[0] ?? ""}${MASK}`;
}
