/**
 * Whether a last line without a newline may be given as it is.
 *
 * The beginning of an object is of no use to anybody: it waits for its end. Everything else is as good
 * as the beginning of any line.
 *
 * @module
 */

import { parseObject } from "./json_object.ts";
import type { Unwrap } from "./stages.ts";

/** What a location says of its lines. */
interface LineForm {
  format: string;
  parse: string;
  unwrap: Unwrap | undefined;
}

/** Tells it for the lines of a location; `undefined` where every line may be given. */
export function wholeLineTest(
  { format, parse, unwrap }: LineForm,
): ((line: string) => boolean) | undefined {
  if (format === "line" || format === "syslog") {
    return parse === "json" ? (line) => isWhole(line.slice(line.indexOf("{"))) : undefined;
  }
  if (format === "json") return isWhole;
  return (line) => {
    if (line.startsWith("{")) return isWhole(line);
    const unwrapped = unwrap?.(line);
    // Not even the head of the line is there.
    if (unwrapped === undefined) return false;
    return parse !== "json" || isWhole(unwrapped.text);
  };
}

function isWhole(text: string): boolean {
  return !text.trimStart().startsWith("{") || parseObject(text) !== undefined;
}
