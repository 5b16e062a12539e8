/**
 * Which lines belong to one event.
 *
 * @module
 */

import type { Pattern } from "../../../redaction/types.ts";
import type { JoinRule } from "./stages.ts";

/** Where an event begins, goes on, or ends; one of the three. */
interface MultilinePatterns {
  start?: Pattern;
  continues?: Pattern;
  end?: Pattern;
}

const KEY_BEGINS = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/;
const KEY_ENDS = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/;
/** A longer text is no key. */
const MOST_KEY_LINES = 200;

/** The rule of these patterns. */
export function joinRule(
  { start, continues, end }: MultilinePatterns,
  maxLines: number,
): JoinRule | undefined {
  const never = () => false;
  const always = () => true;
  if (start) {
    const mayBegin = (line: string) => start.test(line);
    return { goesOn: (_, line) => !start.test(line), isOver: never, mayBegin, maxLines };
  }
  if (continues) {
    const mayBegin = (line: string) => !continues.test(line);
    return { goesOn: (_, line) => continues.test(line), isOver: never, mayBegin, maxLines };
  }
  if (!end) return undefined;
  const isOver = (lines: readonly string[]) => end.test(lines.at(-1) ?? "");
  return { goesOn: always, isOver, mayBegin: always, maxLines };
}

/** The same rule, and the lines of a private key belong together: of one alone nobody can tell what it is. */
export function withKeysTogether(rule: JoinRule | undefined): JoinRule {
  return {
    goesOn: (lines, line) => isWithinKey(lines) || (rule?.goesOn(lines, line) ?? false),
    isOver: (lines) => !isWithinKey(lines) && (rule?.isOver(lines) ?? true),
    mayBegin: (line) => rule?.mayBegin(line) ?? true,
    maxLines: Math.max(rule?.maxLines ?? 0, MOST_KEY_LINES),
  };
}

/** Whether a private key has begun in these lines and has not ended. */
function isWithinKey(lines: readonly string[]): boolean {
  for (const line of lines.slice(-MOST_KEY_LINES).toReversed()) {
    // A hundred times as fast as the expressions.
    if (!line.includes("PRIVATE KEY")) continue;
    const ends = line.search(KEY_ENDS);
    const begins = line.search(KEY_BEGINS);
    if (begins !== -1) return ends < begins;
    if (ends !== -1) return false;
  }
  return false;
}
