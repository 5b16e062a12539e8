/**
 * Why a location of the configuration leads to no file.
 *
 * @module
 */

import { dirname } from "node:path";

/** What was found of a location that gave no file. */
interface FoundNothing {
  /** The location, absolute. */
  pattern: string;
  /** Whether it is a glob. */
  isGlob: boolean;
  /** The innermost folder that it names in full. */
  folder: string;
  folderIsThere: boolean;
  /** What it matches and what is left out all the same. */
  leftOut: number;
  /** Files that it matches and that are compressed. */
  compressed: number;
}

/** Why, in words that end `No file matches LOCATION: …`. */
export function whyNothing(found: FoundNothing): string {
  const bracket = openBracket(found.pattern);
  if (bracket !== undefined) return `its ${bracket} is not closed`;
  if (!found.folderIsThere) return `there is no folder "${found.folder}"`;
  if (found.leftOut > 0) return "exclude leaves out all that it matches";
  if (found.compressed > 0) return "all that it matches is compressed, and only logs are followed";
  return found.isGlob
    ? `nothing in "${found.folder}" has such a name`
    : `there is no such file in "${dirname(found.pattern)}"`;
}

/** The bracket or brace of a glob that is never closed; `undefined` when there is none. */
export function openBracket(glob: string): "[" | "{" | undefined {
  let braces = 0;
  for (let at = 0; at < glob.length; at++) {
    const character = glob[at];
    if (character === "\\") at++;
    else if (character === "[") {
      // The first character of a set may be a bracket itself.
      const end = glob.indexOf("]", at + 2);
      if (end < 0) return "[";
      at = end;
    } else if (character === "{") braces++;
    else if (character === "}" && braces > 0) braces--;
  }
  return braces > 0 ? "{" : undefined;
}
