/**
 * Finds where each event ends in encoded lines.
 *
 * Every line is preceded by a newline. A stateless event is a header line and a data line; so is a stateful one, except that a
 * `delete` is its header alone.
 *
 * @module
 */

import type { Stream } from "./wire.ts";

const NEWLINE = 0x0a;
const decoder = new TextDecoder();

/** Ends of the events in `lines`, as byte offsets, in order; the last one is `lines.length`. */
export function eventEnds(stream: Stream, lines: Uint8Array): number[] {
  const ends: number[] = [];
  let start = 0;
  while (start < lines.length) {
    const headerEnd = lineEnd(lines, start);
    const alone = stream === "stateful" && isDelete(lines.subarray(start + 1, headerEnd));
    start = alone ? headerEnd : lineEnd(lines, headerEnd);
    ends.push(start);
  }
  return ends;
}

/** End of the line that the newline at `start` begins. */
function lineEnd(lines: Uint8Array, start: number): number {
  const next = lines.indexOf(NEWLINE, start + 1);
  return next === -1 ? lines.length : next;
}

function isDelete(header: Uint8Array): boolean {
  return JSON.parse(decoder.decode(header)).operation === "delete";
}
