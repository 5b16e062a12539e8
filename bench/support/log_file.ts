/**
 * Log files to follow.
 *
 * @module
 */

import { logText } from "./events.ts";

const LINES_A_WRITE = 10_000;

/** Appends `count` lines of the usual length to the file at `path`, which is made if it is not there. */
export function writeLines(path: string, count: number): void {
  using file = Deno.openSync(path, { create: true, append: true });
  const block = new TextEncoder().encode(logText(LINES_A_WRITE));
  const lineBytes = block.length / LINES_A_WRITE;
  for (let left = count; left > 0; left -= LINES_A_WRITE) {
    file.writeSync(block.subarray(0, Math.min(left, LINES_A_WRITE) * lineBytes));
  }
}
