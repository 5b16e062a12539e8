/**
 * Compares a text with a pattern, line by line.
 *
 * @module
 */

import { type Minterm, OPERATORS, type Pattern } from "../language/pattern.ts";
import { compilePattern } from "../language/pcre.ts";

/** What came of it, and the line that it rests on: of a number that compares otherwise, the first with such a number. */
export type Match =
  | { isMatch: boolean; /** Counted from 1. */ line?: number; text?: string }
  | { invalid: string };

/** What a literal must be equal to. */
type LiteralUnit = "line" | "whole";

/** Tests one line; a text says why it cannot. */
type LineTest = (line: string) => boolean | string;

/** A pattern that was compiled, for texts of any number. */
export class Matcher {
  readonly #pattern: Pattern;
  readonly #unit: LiteralUnit;
  readonly #tests: readonly LineTest[];
  /** The same without the comparisons of numbers; `undefined` where there are none. */
  readonly #nearTests: readonly LineTest[] | undefined;

  /** @param unit what a literal is compared with @throws {PatternError} */
  constructor(pattern: Pattern, unit: LiteralUnit) {
    this.#pattern = pattern;
    this.#unit = unit;
    const minterms = pattern.kind === "literal" ? [] : pattern.minterms;
    this.#tests = minterms.map(testOf);
    const isCompared = minterms.some(({ kind, isNegated }) => kind === "number" && !isNegated);
    this.#nearTests = isCompared ? minterms.flatMap(withoutComparison).map(testOf) : undefined;
  }

  /** True for a lone negated condition: it speaks of all lines. */
  get isOfAllLines(): boolean {
    return this.#pattern.kind === "minterms" && this.#pattern.minterms.length === 1 &&
      this.#pattern.minterms[0]?.isNegated === true;
  }

  /** Looks for the first line that decides. An empty text matches nothing. */
  match(text: string): Match {
    if (text === "") return { isMatch: false };
    if (this.#pattern.kind === "literal") return this.#matchLiteral(this.#pattern.text, text);
    if (this.isOfAllLines) {
      // What is looked for is the line that must not be.
      const found = this.#firstLine(text, (line) => negated(this.#tests[0]?.(line)));
      return "invalid" in found ? found : { ...found, isMatch: !found.isMatch };
    }
    const match = this.#firstLine(text, (line) => allOf(this.#tests, line));
    const near = this.#nearTests;
    if ("invalid" in match || match.isMatch || near === undefined) return match;
    return { ...this.#firstLine(text, (line) => allOf(near, line)), isMatch: false };
  }

  #matchLiteral(literal: string, text: string): Match {
    if (this.#unit === "whole") return { isMatch: text.trim() === literal };
    return this.#firstLine(text, (line) => line === literal);
  }

  #firstLine(text: string, test: LineTest): Match {
    let number = 0;
    for (const line of linesOf(text)) {
      number++;
      const answer = test(line);
      if (typeof answer === "string") return { invalid: answer };
      if (answer) return { isMatch: true, line: number, text: line };
    }
    return { isMatch: false };
  }
}

function allOf(tests: readonly LineTest[], line: string): boolean | string {
  for (const test of tests) {
    const answer = test(line);
    if (answer !== true) return answer;
  }
  return true;
}

function negated(answer: boolean | string | undefined): boolean | string {
  return typeof answer === "string" ? answer : !answer;
}

/** What is left of a condition when no number is compared. */
function withoutComparison(minterm: Minterm): Minterm[] {
  if (minterm.kind !== "number") return [minterm];
  const { isNegated, pattern } = minterm;
  return isNegated ? [] : [{ kind: "regex", isNegated, pattern }];
}

function testOf(minterm: Minterm): LineTest {
  const test = positiveTest(minterm);
  return minterm.isNegated ? (line) => negated(test(line)) : test;
}

function positiveTest(minterm: Minterm): LineTest {
  if (minterm.kind === "literal") return (line) => line === minterm.text;
  const pattern = compilePattern(minterm.pattern);
  if (minterm.kind === "regex") return (line) => pattern.test(line);
  const { operator, value } = minterm;
  return (line) => {
    const found = pattern.exec(line);
    if (found === null) return false;
    const text = found[1] ?? found[0];
    const number = leadingNumber(text);
    if (number === undefined) return `"${text}" begins with no number`;
    return OPERATORS[operator](number, value);
  };
}

/** What stands behind the first character that is no digit does not count. */
function leadingNumber(text: string): bigint | undefined {
  const [, sign, digits] = /^\s*([+-]?)(\d+)/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  return sign === "-" ? -BigInt(digits) : BigInt(digits);
}

/** A line end is `\n` or `\r\n`; what ends with one has no empty line behind it. */
function* linesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length;) {
    const end = text.indexOf("\n", start);
    const line = text.slice(start, end === -1 ? undefined : end);
    yield line.endsWith("\r") ? line.slice(0, -1) : line;
    if (end === -1) return;
    start = end + 1;
  }
}
