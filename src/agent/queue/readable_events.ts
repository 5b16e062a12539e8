/**
 * Finds the events of a damaged chunk that are known to be what they were: those whose bytes are all in blocks with the right checksum.
 *
 * Those before the first wrong block are counted from the chunk's beginning, those behind the last one from its end; so each keeps its
 * number.
 *
 * @module
 */

import { eventEnds } from "../../shared/protocol/event_boundaries.ts";
import type { Stream } from "../../shared/protocol/wire.ts";
import { BLOCK_BYTES, type ChunkNumbers, damagedBlocks, isUndamaged } from "./checksums.ts";

/** A chunk as it is stored. */
export interface StoredChunk extends ChunkNumbers {
  bytes: number;
  created_ms: number;
  lines: Uint8Array;
  /** `null` in a chunk from before there were any. */
  checksums: Uint8Array | null;
}

/** Some of a chunk's events. */
interface ReadablePart extends ChunkNumbers {
  lines: Uint8Array;
}

const NEWLINE = 0x0a;
const decoder = new TextDecoder();

/** True when a chunk is what it was; without checksums, when it does not contradict itself. */
export function isIntact(stream: Stream, chunk: StoredChunk): boolean {
  const { lines, checksums, events } = chunk;
  return hasItsBytes(chunk, chunk) &&
    (checksums !== null || endsOf(stream, lines)?.length === events);
}

/** The same without a look at each event of a chunk that has no checksums. */
export function hasItsBytes(
  { lines, checksums, bytes }: Pick<StoredChunk, "lines" | "checksums" | "bytes">,
  numbers: ChunkNumbers,
): boolean {
  return bytes === lines.length &&
    (checksums === null || isUndamaged(lines, checksums, numbers));
}

/** The events of a damaged chunk that can still be sent, as chunks of their own; none when nobody knows which these are. */
export function readableParts(stream: Stream, chunk: StoredChunk): ReadablePart[] {
  const { lines, checksums, last_event } = chunk;
  if (checksums === null) return [];
  const events = countOf(stream, chunk);
  const wrong = damagedBlocks(lines, checksums, { last_event, events });
  // All blocks are right and only the number of bytes was not.
  if (wrong.length === 0) return [{ last_event, events, lines }];
  const first_event = last_event - events + 1;
  const head = headEnd(stream, lines, (wrong[0] ?? 0) * BLOCK_BYTES);
  const tail = tailStart(stream, lines, ((wrong.at(-1) ?? 0) + 1) * BLOCK_BYTES);
  const parts = [
    {
      last_event: first_event + head.events - 1,
      events: head.events,
      lines: lines.subarray(0, head.end),
    },
    { last_event, events: tail.events, lines: lines.subarray(tail.start) },
  ];
  // As many as before, or more, cannot be: then the wrong block hides a line's end, and no number can be trusted.
  return head.events + tail.events < events ? parts.filter(({ events }) => events > 0) : [];
}

/** The number of events: as the chunk says if any block confirms it, otherwise as many as there are. */
function countOf(stream: Stream, { lines, checksums, last_event, events }: StoredChunk): number {
  const wrongWith = (count: number) =>
    damagedBlocks(lines, checksums ?? new Uint8Array(), { last_event, events: count }).length;
  const counted = endsOf(stream, lines)?.length ?? events;
  // The number goes into each block's checksum, so that the right one makes more blocks right.
  return counted !== events && wrongWith(counted) < wrongWith(events) ? counted : events;
}

/** The events before the byte `limit`. */
function headEnd(
  stream: Stream,
  lines: Uint8Array,
  limit: number,
): { events: number; end: number } {
  const intact = lines.subarray(0, limit);
  // The last event may go on in the block behind.
  const ends = wholeEvents(stream, intact).filter((end) => end < limit);
  return { events: ends.length, end: ends.at(-1) ?? 0 };
}

/** The events that begin behind the byte `from`. */
function tailStart(
  stream: Stream,
  lines: Uint8Array,
  from: number,
): { events: number; start: number } {
  const starts: number[] = [];
  for (let at = lines.indexOf(NEWLINE, from); at >= 0; at = lines.indexOf(NEWLINE, at + 1)) {
    starts.push(at);
  }
  // Two lines an event: what is left over at the front belongs to one that begins before.
  const first = stream === "stateless"
    ? starts[starts.length % 2]
    : starts.find((start) => isStatefulHeader(lines, start));
  if (first === undefined) return { events: 0, start: lines.length };
  const ends = endsOf(stream, lines.subarray(first));
  return ends === undefined
    ? { events: 0, start: lines.length }
    : { events: ends.length, start: first };
}

function wholeEvents(stream: Stream, lines: Uint8Array): number[] {
  for (let end = lines.length; end > 0; end = lines.lastIndexOf(NEWLINE, end - 1)) {
    const ends = endsOf(stream, lines.subarray(0, end));
    if (ends !== undefined) return ends;
  }
  return [];
}

function endsOf(stream: Stream, lines: Uint8Array): number[] | undefined {
  try {
    return eventEnds(stream, lines);
  } catch {
    return undefined;
  }
}

function isStatefulHeader(lines: Uint8Array, start: number): boolean {
  const next = lines.indexOf(NEWLINE, start + 1);
  try {
    const line = decoder.decode(lines.subarray(start + 1, next < 0 ? lines.length : next));
    return typeof JSON.parse(line)?.operation === "string";
  } catch {
    return false;
  }
}
