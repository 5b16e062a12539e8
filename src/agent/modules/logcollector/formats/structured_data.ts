/**
 * Structured data of RFC 5424: `-`, or `[id name="value" …][…]`.
 *
 * @module
 */

import type { Members } from "./stages.ts";

const ELEMENT = /^\[([^\s=\]"]{1,64})/;
/** In a value `"`, `\` and `]` stand behind a backslash. */
const PARAMETER = /^ ([^\s=\]"]{1,64})="((?:[^"\\\]]|\\.)*)"/;

/** The elements at the beginning of a text, and what is behind them; `undefined` when there are none. */
export function structuredData(
  text: string,
): { elements?: Members; rest: string } | undefined {
  if (text === "-" || text.startsWith("- ")) return { rest: text.slice(2) };
  const elements: Members = {};
  let rest = text;
  for (let head = ELEMENT.exec(rest); head; head = ELEMENT.exec(rest)) {
    const { parameters, rest: behind } = parametersOf(rest.slice(head[0].length));
    if (!behind.startsWith("]")) return undefined;
    elements[head[1] ?? ""] = parameters;
    rest = behind.slice(1);
  }
  if (rest === text || !/^( |$)/.test(rest)) return undefined;
  return { elements, rest: rest.slice(1) };
}

function parametersOf(text: string): { parameters: Members; rest: string } {
  const parameters: Members = {};
  let rest = text;
  for (let next = PARAMETER.exec(rest); next; next = PARAMETER.exec(rest)) {
    parameters[next[1] ?? ""] = (next[2] ?? "").replaceAll(/\\(["\\\]])/g, "$1");
    rest = rest.slice(next[0].length);
  }
  return { parameters, rest };
}
