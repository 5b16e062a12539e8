/**
 * What a glob costs, told from its text alone: the patterns that its braces make, which multiply, and the stars within one name, over
 * which a matcher goes back and forth.
 *
 * @module
 */

/** Most patterns that the braces of one glob may make. */
const MAX_PATTERNS = 1_000;
/** Most patterns of all globs of a list together. */
export const MAX_PATTERNS_TOGETHER = 10_000;
/** Most stars in one name of a path; `**` as a whole name is none. */
const MAX_STARS = 4;

/** What makes a glob too costly, as the end of "must …"; `undefined` when nothing does. */
export function costProblem(glob: string): string | undefined {
  if (patternCount(glob) > MAX_PATTERNS) {
    return `must not stand for more than ${MAX_PATTERNS} patterns by its braces`;
  }
  const isStarry = (name: string) => name !== "**" && name.split("*").length - 1 > MAX_STARS;
  if (!glob.split(/[\\/]/).some(isStarry)) return undefined;
  return `must not have more than ${MAX_STARS} stars in one name`;
}

/** How many patterns the braces make, at least as many as a matcher makes of them; 1 without braces. */
export function patternCount(glob: string): number {
  return sequence(glob, { at: 0 }, false).count;
}

/** Alternatives of one group, or the whole glob: a product of groups for each, and their sum. */
function sequence(glob: string, cursor: { at: number }, isGroup: boolean): { count: number } {
  let sum = 0;
  let product = 1;
  const start = cursor.at;
  while (cursor.at < glob.length) {
    const character = glob[cursor.at++];
    if (character === "{") product *= sequence(glob, cursor, true).count;
    else if (character === "," && isGroup) {
      sum += product;
      product = 1;
    } else if (character === "}" && isGroup) {
      return { count: Math.max(sum + product, rangeCount(glob.slice(start, cursor.at - 1))) };
    }
  }
  return { count: sum + product };
}

/** `1..9` and `a..z`, with or without a step. */
function rangeCount(inner: string): number {
  const [, from = "", to = ""] =
    /^(-?\d+|[A-Za-z])\.\.(-?\d+|[A-Za-z])(?:\.\.-?\d+)?$/.exec(inner) ??
      [];
  if (from === "") return 1;
  const valueOf = (end: string) => /\d/.test(end) ? Number(end) : end.charCodeAt(0);
  return Math.abs(valueOf(to) - valueOf(from)) + 1;
}
