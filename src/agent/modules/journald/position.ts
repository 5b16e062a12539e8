/**
 * How far the journal has been read, as it is kept with the events.
 *
 * A cursor names one entry: `s` is the sequence that its number `i` (hexadecimal) counts in, `b` the boot, `m` and `t` its times, `x` a
 * checksum. Within a sequence numbers rise, whatever the clock does. A journal begins another sequence when it is made anew.
 *
 * @module
 */

import * as z from "zod";

/** Sequences remembered; a machine has one, journals of other machines in a folder have one each. */
const MAX_SEQUENCES = 64;

const schema = z.object({
  v: z.literal(1),
  cursor: z.string().min(1).max(1_000).nullable(),
  realtime_us: z.int().min(0),
  sequences: z.record(z.string(), z.string()),
});

/** A place in the journal. */
export interface Position {
  /** The last entry that was looked at; `null` when the journal had none. */
  readonly cursor: string | null;
  /** When that was written: microseconds since 1970. When there was none, when that was seen. */
  readonly realtimeUs: number;
  /** The highest number (hexadecimal) that was read of each sequence, the latest last. */
  readonly sequences: Readonly<Record<string, string>>;
}

/** An entry as a cursor names it. */
interface EntryId {
  sequence: string;
  number: bigint;
}

/** The text of a checkpoint. */
export function serializePosition({ cursor, realtimeUs, sequences }: Position): string {
  return JSON.stringify({ v: 1, cursor, realtime_us: realtimeUs, sequences });
}

/** Reads a checkpoint; `undefined` when it is damaged. */
export function parsePosition(value: string): Position | undefined {
  try {
    const { cursor, realtime_us, sequences } = schema.parse(JSON.parse(value));
    return { cursor, realtimeUs: realtime_us, sequences };
  } catch {
    return undefined;
  }
}

/** The position behind an entry. */
export function positionAt(
  { cursor, realtimeUs }: { cursor: string; realtimeUs: number },
  before: Position | undefined,
): Position {
  const id = entryId(cursor);
  const others = { ...before?.sequences };
  if (id === undefined) return { cursor, realtimeUs, sequences: others };
  const known = others[id.sequence];
  delete others[id.sequence];
  const highest = known !== undefined && BigInt(`0x${known}`) > id.number
    ? known
    : id.number.toString(16);
  const sequences = [...Object.entries(others), [id.sequence, highest] as const];
  return { cursor, realtimeUs, sequences: Object.fromEntries(sequences.slice(-MAX_SEQUENCES)) };
}

/** Whether an entry was read, as its number tells; `undefined` when nothing was read of its sequence. */
export function wasRead(cursor: string, { sequences }: Position): boolean | undefined {
  const id = entryId(cursor);
  if (id === undefined) return undefined;
  const highest = sequences[id.sequence];
  return highest === undefined ? undefined : id.number <= BigInt(`0x${highest}`);
}

/** Whether two cursors count in the same sequence. */
export function isOfOneSequence(one: string, other: string): boolean {
  return other.startsWith(one.slice(0, one.indexOf(";") + 1));
}

/** How many entries were written between two of one sequence; `undefined` when they are of different ones. */
export function entriesBetween(earlier: string, later: string): number | undefined {
  const [one, other] = [entryId(earlier), entryId(later)];
  if (one === undefined || other === undefined || one.sequence !== other.sequence) return undefined;
  return Math.max(0, Number(other.number - one.number) - 1);
}

/** Whether an entry was written behind a position, as far as one can tell. */
export function isBehind(
  entry: { cursor: string; realtimeUs: number },
  position: Position,
): boolean {
  const known = wasRead(entry.cursor, position);
  return known === undefined ? entry.realtimeUs > position.realtimeUs : !known;
}

function entryId(cursor: string): EntryId | undefined {
  const [, sequence = "", number = ""] = /^s=([0-9a-f]{32});i=([0-9a-f]{1,16});/.exec(cursor) ?? [];
  return sequence === "" ? undefined : { sequence, number: BigInt(`0x${number}`) };
}
