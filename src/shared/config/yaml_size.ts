/**
 * How much there is in a YAML text, told before it is parsed: what a parser makes of a megabyte of brackets takes seconds and
 * hundreds of megabytes, and the lexer alone takes neither.
 *
 * @module
 */

import { Lexer } from "yaml";

/** Far above any real configuration: a thousand followed files with their exclusions have 40,000. */
export const MAX_TOKENS = 200_000;

/**
 * Where the token begins that is one too many, as an offset in `text`; `undefined` when there are no more than `most`. What the lexer
 * puts in of its own counts too.
 */
export function excessOffset(text: string, most = MAX_TOKENS): number | undefined {
  let count = 0;
  let offset = 0;
  for (const token of new Lexer().lex(text)) {
    count += 1 + ESCAPE_WEIGHT * escapesIn(token);
    if (count > most) return offset;
    if (!MARKERS.has(token)) offset += token.length;
  }
  return undefined;
}

/** Each bad escape within a text is an error of its own, and errors cost most. */
const ESCAPE_WEIGHT = 4;

function escapesIn(token: string): number {
  return token.startsWith('"') ? token.split("\\").length - 1 : 0;
}

/** The lexer's signs for the start of a document, an error in a flow and a scalar, which stand in no text. */
const MARKERS: ReadonlySet<string> = new Set(["\u0002", "\u0018", "\u001f"]);
