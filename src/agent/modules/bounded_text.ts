/**
 * Texts that are cut where they get too long.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** Of one event, as of a line of a file. */
const MAX_BYTES = 65_536;

/** A text, as far as it is kept. */
interface BoundedText {
  text: string;
  /** Bytes that are not kept. */
  cutBytes: number;
}

/** As much of `text` as an event may have; never ends within a character. */
export function boundedText(text: string): BoundedText {
  // Three bytes are the most that one of its units can take.
  if (text.length * 3 <= MAX_BYTES) return { text, cutBytes: 0 };
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_BYTES) return { text, cutBytes: 0 };
  let end = MAX_BYTES;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return { text: bytes.toString("utf8", 0, end), cutBytes: bytes.length - end };
}
