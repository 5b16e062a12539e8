/**
 * What changed in a text, line by line.
 *
 * @module
 */

import { createPatch } from "diff";

/** Longest text of an event, in characters. */
const MAX_CHARACTERS = 8 * 1024;
/** So many changed lines are looked for: two texts that have nothing in common would take minutes. */
const MAX_EDITS = 2_000;
const CUT = "\n[cut]";
/** The text in bytes; `undefined` for what is none. */
export function textIn(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The unified diff of two texts without its head; cut when it is long, `undefined` when they are the same. */
export function contentChanges(before: string, after: string): string | undefined {
  if (before === after) return undefined;
  const options = { context: 2, maxEditLength: MAX_EDITS };
  const patch = createPatch("", before, after, "", "", options);
  if (patch === undefined) return "[the text is another one]";
  const hunks = patch.slice(Math.max(0, patch.indexOf("@@"))).trimEnd();
  return hunks.length <= MAX_CHARACTERS
    ? hunks
    : hunks.slice(0, MAX_CHARACTERS - CUT.length).toWellFormed() + CUT;
}
