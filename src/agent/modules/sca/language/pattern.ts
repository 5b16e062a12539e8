/**
 * What a rule asks of a text: the part behind `->`.
 *
 *     literal           the whole line (of a file), or the whole output (of a command)
 *     r:PATTERN         a line that the pattern matches
 *     n:PATTERN compare OP NUMBER    a line whose number, found by the pattern's first group, compares so
 *     !r:… !n:…         not; alone it says that no line is like that
 *     A && B            all on one line
 *
 * @module
 */

import { messageOf } from "../../../../shared/errors.ts";
import { compilePattern } from "./pcre.ts";

/** One condition on a line. */
export type Minterm =
  & { isNegated: boolean }
  & (
    | { kind: "regex"; pattern: string }
    | { kind: "number"; pattern: string; operator: Operator; value: bigint }
    | { kind: "literal"; text: string }
  );

/** What is asked of a text. */
export type Pattern =
  | { kind: "literal"; text: string }
  | { kind: "minterms"; minterms: readonly Minterm[] };

/** A pattern that was read, or why it is none. */
export type ReadPattern = { pattern: Pattern } | { invalid: string };

/** How a number compares with another. */
export const OPERATORS = {
  "<": (one: bigint, other: bigint) => one < other,
  "<=": (one: bigint, other: bigint) => one <= other,
  "==": (one: bigint, other: bigint) => one === other,
  "!=": (one: bigint, other: bigint) => one !== other,
  ">=": (one: bigint, other: bigint) => one >= other,
  ">": (one: bigint, other: bigint) => one > other,
} as const;
type Operator = keyof typeof OPERATORS;

/** How older policies write operators, and what is meant. */
const OLD_OPERATORS: Readonly<Record<string, Operator>> = { "=>": ">=", "=<": "<=", "=": "==" };

/** Reads what stands behind `->`, and tries its patterns. */
export function readPattern(text: string): ReadPattern {
  if (!/^!?[rn]:/.test(text)) return { pattern: { kind: "literal", text } };
  const minterms: Minterm[] = [];
  for (const part of text.split(" && ")) {
    const minterm = readMinterm(part.trim());
    if (typeof minterm === "string") return { invalid: minterm };
    minterms.push(minterm);
  }
  return { pattern: { kind: "minterms", minterms } };
}

function readMinterm(written: string): Minterm | string {
  const isNegated = written.startsWith("!");
  const text = isNegated ? written.slice(1) : written;
  if (text.startsWith("n:")) return readNumber(text.slice(2), isNegated);
  if (!text.startsWith("r:")) {
    return text === "" ? '"&&" has nothing on one side' : { kind: "literal", text, isNegated };
  }
  const pattern = text.slice(2);
  return whyNoPattern(pattern) ?? { kind: "regex", pattern, isNegated };
}

function readNumber(text: string, isNegated: boolean): Minterm | string {
  const [, pattern, operator = "", digits = ""] =
    /^(.*?)\s+compare\s*([<>=!]+)\s*(\S+)\s*$/.exec(text) ?? [];
  if (pattern === undefined) return howToCompare(text);
  if (!isOperator(operator)) {
    const meant = OLD_OPERATORS[operator];
    return `"${operator}" compares nothing${meant === undefined ? "" : `, write "${meant}"`}`;
  }
  if (!/\scompare\s+[<>=!]+\s+\S/.test(text)) return `write "compare ${operator} ${digits}"`;
  if (!/^[+-]?\d{1,30}$/.test(digits)) return `"${digits}" is no whole number`;
  return whyNoPattern(pattern) ??
    { kind: "number", pattern, operator, value: BigInt(digits.replace("+", "")), isNegated };
}

function howToCompare(text: string): string {
  const [, pattern = "PATTERN", operator = "OP", number = "NUMBER"] =
    /^(.*?)\s*([<>=!]{1,2})\s*(-?\d+)\s*$/.exec(text) ?? [];
  const known = OLD_OPERATORS[operator] ?? operator;
  return `a comparison is missing, write "n:${pattern} compare ${known} ${number}"`;
}

function isOperator(text: string): text is Operator {
  return Object.hasOwn(OPERATORS, text);
}

function whyNoPattern(pattern: string): string | undefined {
  if (pattern === "") return "the pattern is empty";
  try {
    compilePattern(pattern);
  } catch (error) {
    return `${messageOf(error)} (in the pattern ${pattern})`;
  }
  return undefined;
}
