/**
 * A block of a log file, as the logcollector reads it.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { logLine } from "./events.ts";

/** Lines of a block. */
export const BLOCK_LINES = 3_000;
const LINE_BYTES = 350;

/** What is in each line: nothing that JSON escapes, quotes, a backslash, a character of two bytes. */
export type Content = "plain" | "quoted" | "escaped" | "accented";

const MARKS: Record<Content, string> = {
  plain: "",
  quoted: `"GET /"`,
  escaped: "\\n",
  accented: "é",
};

/** Makes about 1 MB of lines, each with its newline. */
export function makeBlock(content: Content): Buffer {
  const lines = Array.from({ length: BLOCK_LINES }, (_, index) => {
    const mark = MARKS[content];
    return mark + logLine(index, LINE_BYTES - mark.length);
  });
  return Buffer.from(`${lines.join("\n")}\n`);
}
