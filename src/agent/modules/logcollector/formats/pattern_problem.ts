/**
 * What is wrong with a pattern, as far as that can be told without compiling it: the command line
 * knows every option, and the compiler is large.
 *
 * @module
 */

/** What needs more than linear time, and what people write for it. */
const BEYOND: readonly { written: RegExp; name: string }[] = [
  { written: /\(\?<?[=!]/, name: "look-around, such as (?=…) or (?<!…)" },
  { written: /\(\?>|[*+?}]\+/, name: "possessive or atomic groups, such as (?>…) or a++" },
];
const BACK_REFERENCE = /\\[1-9]|\\k</;
/** In brackets characters mean themselves. */
const BRACKETS = /\[\^?\]?[^\]]*\]/g;

/** The end of "must …" for a pattern that cannot be used; `undefined` when nothing is wrong at first sight. */
export function patternProblem(pattern: string): string | undefined {
  const escaped = pattern.replaceAll("\\\\", "x");
  const bare = escaped.replaceAll(/\\./g, "x").replaceAll(BRACKETS, "x");
  const beyond = BACK_REFERENCE.test(escaped)
    ? "back-references, such as \\1"
    : BEYOND.find(({ written }) => written.test(bare))?.name;
  if (beyond !== undefined) {
    return `must be a pattern that takes linear time (the syntax of RE2): without ${beyond}`;
  }
  return isBalanced(bare) ? undefined : "must be a regular expression in which each ( has its )";
}

function isBalanced(bare: string): boolean {
  let depth = 0;
  for (const character of bare) {
    if (character === "(") depth++;
    if (character === ")") depth--;
    if (depth < 0) return false;
  }
  return depth === 0;
}
