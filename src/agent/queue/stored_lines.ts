/**
 * Looks at stored lines as a whole: are they the events that they are said to be?
 *
 * @module
 */

import { messageOf } from "../../shared/errors.ts";
import { eventEnds } from "../../shared/protocol/event_boundaries.ts";
import type { Stream } from "../../shared/protocol/wire.ts";
import { pluralize } from "../../shared/text.ts";
import { damagedBlocks } from "./checksums.ts";
import type { StoredChunk } from "./readable_events.ts";

/** What is wrong with lines that were stored together. */
export function problemOfLines(
  stream: Stream,
  chunk: Omit<StoredChunk, "created_ms">,
): string | undefined {
  const { lines, bytes, events, checksums } = chunk;
  if (lines.length !== bytes) return `say ${bytes} bytes and have ${lines.length}`;
  if (checksums !== null) {
    const wrong = damagedBlocks(lines, checksums, chunk).length;
    if (wrong > 0) return `${pluralize(wrong, "block")} with a wrong checksum`;
  }
  try {
    // Without checksums only the text itself can tell that a byte of it was changed.
    const found = checksums === null
      ? countReadable(stream, lines)
      : eventEnds(stream, lines).length;
    return found === events ? undefined : `say ${events} events and have ${found}`;
  } catch (error) {
    return `cannot be decoded: ${messageOf(error)}`;
  }
}

/** How many events lines are, every one of which can be read; `undefined` when one cannot. */
export function countEventsIn(stream: Stream, lines: Uint8Array): number | undefined {
  try {
    return countReadable(stream, lines);
  } catch {
    return undefined;
  }
}

function countReadable(stream: Stream, lines: Uint8Array): number {
  readLines(lines);
  return eventEnds(stream, lines).length;
}

function readLines(lines: Uint8Array): void {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(lines);
  for (const line of text.split("\n").slice(1)) JSON.parse(line);
}
