/**
 * What is wrong with a pattern, as far as that can be told without compiling it: the command line
 * knows every option, and the compiler is large.
 *
 * @module
 */

import { messageOf } from "../../shared/errors.ts";

/** What needs more than linear time, and what people write for it. */
const BEYOND: readonly { written: RegExp; name: string }[] = [
  { written: /\(\?<?[=!]/, name: "look-around, such as (?=…) or (?<!…)" },
  { written: /\(\?>|[*+?}]\+/, name: "possessive or atomic groups, such as (?>…) or a++" },
];
/** RE2's own bound. */
const MOST_TIMES = 1_000;
const QUOTED = /\\Q.*?(?:\\E|$)/g;
const BACK_REFERENCE = /\\[1-9]|\\k</;
/** In brackets characters mean themselves. */
const BRACKETS = /\[\^?\]?[^\]]*\]/g;

/** The end of "must …" for a pattern that cannot be used; `undefined` when nothing is wrong at first sight. */
export function patternProblem(pattern: string): string | undefined {
  const escaped = pattern.replaceAll("\\\\", "x").replaceAll(QUOTED, "x");
  const bare = escaped.replaceAll(/\\./g, "x").replaceAll(BRACKETS, "x");
  const beyond = BACK_REFERENCE.test(escaped)
    ? "back-references, such as \\1"
    : BEYOND.find(({ written }) => written.test(bare))?.name;
  if (beyond !== undefined) {
    return `must be a pattern that takes linear time (the syntax of RE2): without ${beyond}`;
  }
  if (!isBalanced(bare)) return "must be a regular expression in which each ( has its )";
  const count = [...bare.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].flatMap(([, ...counts]) => counts);
  if (count.some((times) => Number(times) > MOST_TIMES)) {
    return `must be a regular expression that repeats nothing more than ${MOST_TIMES} times`;
  }
  return wrongFor(pattern);
}

/** What is wrong with it for the platform's own expressions, once what only RE2 has is left out. */
function wrongFor(pattern: string): string | undefined {
  const common = pattern.replaceAll(QUOTED, "x").replaceAll(
    /\[:\^?\w+:\]|\\x\{[0-9A-Fa-f]+\}/g,
    "x",
  )
    .replaceAll("(?P<", "(?<")
    .replaceAll(/\(\?[imsU-]+(\)|:)/g, (_, end) => end === ":" ? "(?:" : "");
  try {
    new RegExp(common);
    return undefined;
  } catch (error) {
    return `must be a regular expression: ${messageOf(error).split(": ").at(-1)?.toLowerCase()}`;
  }
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
