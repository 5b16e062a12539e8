/**
 * Messages of a child, out of its output.
 *
 * @module
 */

import type { ScanMessage } from "./scan_job.ts";

/** A policy that was read is the longest message that there is. */
const MAX_LINE_CHARACTERS = 64 * 1024 * 1024;

/**
 * Reads messages, one a line. What stands behind the last line end is the half of a message, and left out.
 *
 * @throws {Error} for what is no message
 */
export async function* messagesIn(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<ScanMessage> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > MAX_LINE_CHARACTERS) throw new Error("the scan wrote what is no message");
    for (const line of lines) yield JSON.parse(line);
  }
}
