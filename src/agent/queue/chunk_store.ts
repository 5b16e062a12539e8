/**
 * The stored events of one stream, in chunks (see `schema.ts`). Every method belongs inside a transaction.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { EncodedEvents } from "../../shared/protocol/encoded_events.ts";
import type { Stream } from "../../shared/protocol/wire.ts";
import { cutIntoChunks } from "./chunk_cutter.ts";
import { eventEnds } from "../../shared/protocol/event_boundaries.ts";
import { lazyArrayStatement, lazyStatement } from "../../shared/sqlite/lazy_statement.ts";
import { blockChecksums, type ChunkNumbers } from "./checksums.ts";
import { hasItsBytes, isIntact, readableParts, type StoredChunk } from "./readable_events.ts";
import { chunkTable } from "./schema.ts";
import type { KeptEvents } from "./batch_events.ts";
import type { BatchLimits } from "./types.ts";
import type { Amount, EventRange } from "../../shared/protocol/stored_events.ts";

/** A chunk without its lines. */
export interface Chunk extends Amount {
  last_event: number;
  created_ms: number;
}

/** Stored events are not what they were: the disk changed them. */
export class DamagedEventsError extends Error {
  override readonly name = "DamagedEventsError";
  readonly stream: Stream;
  readonly range: EventRange;

  constructor(stream: Stream, range: EventRange) {
    super(`Events ${range.first_event} to ${range.last_event} (${stream}) are damaged on the disk`);
    this.stream = stream;
    this.range = range;
  }
}

/** Reads and writes the chunks of one stream. */
export class ChunkStore {
  readonly #stream: Stream;
  readonly #newest: StatementSync;
  readonly #insert: () => StatementSync;
  readonly #list: StatementSync;
  readonly #stored: () => StatementSync;
  readonly #lines: () => StatementSync;
  readonly #setSequence: () => StatementSync;
  readonly #addSequence: () => StatementSync;
  readonly #delete: StatementSync;

  constructor(database: DatabaseSync, stream: Stream) {
    const table = chunkTable(stream);
    this.#stream = stream;
    this.#newest = database.prepare(`SELECT seq FROM sqlite_sequence WHERE name = '${table}'`);
    this.#insert = lazyStatement(
      database,
      `INSERT INTO ${table} (last_event, events, bytes, created_ms, lines, checksums)
       VALUES (?, ?, ?, ?, ?, ?)`,
    );
    this.#list = database.prepare(
      `SELECT last_event, events, bytes, created_ms FROM ${table}
       WHERE last_event > ? AND last_event < ? ORDER BY last_event`,
    );
    this.#stored = lazyStatement(
      database,
      `SELECT last_event, events, bytes, created_ms, lines, checksums FROM ${table}
       WHERE last_event BETWEEN ? AND ? ORDER BY last_event`,
    );
    this.#lines = lazyArrayStatement(
      database,
      `SELECT lines, checksums, last_event, events, bytes FROM ${table}
       WHERE last_event BETWEEN ? AND ? ORDER BY last_event`,
    );
    this.#setSequence = lazyStatement(
      database,
      `UPDATE sqlite_sequence SET seq = ? WHERE name = '${table}'`,
    );
    this.#addSequence = lazyStatement(
      database,
      `INSERT INTO sqlite_sequence (name, seq) VALUES ('${table}', ?)`,
    );
    this.#delete = database.prepare(`DELETE FROM ${table} WHERE last_event BETWEEN ? AND ?`);
  }

  /** Stores events behind the newest, in chunks of about `limits`; returns their numbers and size. */
  append(items: readonly EncodedEvents[], nowMs: number, limits: BatchLimits): EventRange & Amount {
    const before = this.newestEvent();
    let last = before;
    let bytes = 0;
    for (const { events, bytes: lines } of cutIntoChunks(items, limits)) {
      last += events;
      bytes += lines.length;
      this.#store({ last_event: last, events, created_ms: nowMs }, lines);
    }
    return { first_event: before + 1, last_event: last, events: last - before, bytes };
  }

  /** Stores events again under the numbers that they had. */
  putBack({ last_event, events, lines }: KeptEvents, createdMs: number): void {
    this.#store({ last_event, events, created_ms: createdMs }, lines);
  }

  /** Chunks whose last event lies between the two numbers, both excluded, oldest first; read as they are taken. */
  list(after: number, before: number): IterableIterator<Chunk> {
    return this.#list.iterate(after, before) as unknown as IterableIterator<Chunk>;
  }

  /**
   * The lines of the events in `range`, one array a chunk.
   *
   * @throws {DamagedEventsError} when they are not what was stored
   */
  lines(range: EventRange): Uint8Array[] {
    const rows = this.#lines().all(range.first_event, range.last_event);
    return (rows as unknown as LinesRow[]).map(([lines, checksums, last_event, events, bytes]) => {
      const chunk = { last_event, events };
      if (hasItsBytes({ lines, checksums, bytes }, chunk)) return lines;
      throw new DamagedEventsError(this.#stream, rangeOf(chunk));
    });
  }

  /** {@linkcode lines} for people: whatever is there. */
  uncheckedLines(range: EventRange): Uint8Array[] {
    return this.#read(range).map(({ lines }) => lines);
  }

  /** Takes damaged chunks in `range` apart: the events that are known to be right stay, under their numbers. */
  mend(range: EventRange): void {
    // Numbers only: all of a long queue may be damaged.
    const damaged: number[] = [];
    for (const row of this.#stored().iterate(range.first_event, range.last_event)) {
      const chunk = asChunk(row);
      if (!isIntact(this.#stream, chunk)) damaged.push(chunk.last_event);
    }
    for (const last_event of damaged) {
      const key = { first_event: last_event, last_event };
      const [chunk] = this.#read(key);
      if (chunk === undefined) continue;
      // Before its parts go in: the last of them has the number of the whole.
      this.delete(key);
      for (const { lines, ...numbers } of readableParts(this.#stream, chunk)) {
        this.#store({ created_ms: chunk.created_ms, ...numbers }, lines);
      }
    }
  }

  /** Whether the event is stored. */
  holds(event: number): boolean {
    for (const chunk of this.list(event - 1, Number.MAX_SAFE_INTEGER)) {
      return chunk.last_event - chunk.events < event;
    }
    return false;
  }

  /** Sees to it that no number is used again: `taken` is at least as high as any that was. */
  raiseSequence(taken: number): void {
    let newest = 0;
    for (const { last_event } of this.list(0, Number.MAX_SAFE_INTEGER)) newest = last_event;
    // The row of the sequence survived: it knows more than the chunks, of which the newest may have left.
    if (this.newestEvent() > 0 && this.newestEvent() >= newest) return;
    const sequence = Math.max(newest, taken);
    // The row is only there once SQLite has given out a number, and its table has no key for an UPSERT.
    if (this.#setSequence().run(sequence).changes === 0) this.#addSequence().run(sequence);
  }

  /** Replaces a chunk by smaller ones within `limits`; a single event over `max_bytes` stays whole. */
  split(chunk: Chunk, limits: BatchLimits): void {
    const whole = {
      first_event: chunk.last_event - chunk.events + 1,
      last_event: chunk.last_event,
    };
    const [lines] = this.lines(whole);
    if (lines === undefined) return;
    this.delete(whole);
    const ends = eventEnds(this.#stream, lines);
    let start = 0;
    for (let first = 0; first < ends.length;) {
      const end = pieceEnd(ends, first, { start, ...limits });
      const cut = ends[end - 1] ?? lines.length;
      const numbers = { last_event: whole.first_event + end - 1, events: end - first };
      this.#store({ ...chunk, ...numbers }, lines.subarray(start, cut));
      first = end;
      start = cut;
    }
  }

  /** Cuts the chunk that holds `event` and the one after it, so that a chunk ends with `event`. */
  cutAfter(event: number): void {
    for (const chunk of this.list(event - 1, Number.MAX_SAFE_INTEGER)) {
      const before = event - (chunk.last_event - chunk.events);
      if (before > 0 && before < chunk.events) this.#cut(chunk, before);
      return;
    }
  }

  /** How much the chunks that end in `range` hold. */
  amount(range: EventRange): Amount {
    const total = { events: 0, bytes: 0 };
    for (const { events, bytes } of this.list(range.first_event - 1, range.last_event + 1)) {
      total.events += events;
      total.bytes += bytes;
    }
    return total;
  }

  /** Removes the events in `range`. */
  delete(range: EventRange): void {
    this.#delete.run(range.first_event, range.last_event);
  }

  /** Makes two chunks of one: its first `count` events, and the others. */
  #cut(chunk: Chunk, count: number): void {
    const whole = {
      first_event: chunk.last_event - chunk.events + 1,
      last_event: chunk.last_event,
    };
    const [lines] = this.lines(whole);
    if (lines === undefined) return;
    const cut = eventEnds(this.#stream, lines)[count - 1] ?? lines.length;
    const middle = whole.first_event + count - 1;
    this.delete(whole);
    this.#store({ ...chunk, last_event: middle, events: count }, lines.subarray(0, cut));
    this.#store({ ...chunk, events: chunk.events - count }, lines.subarray(cut));
  }

  #read({ first_event, last_event }: EventRange): StoredChunk[] {
    return this.#stored().all(first_event, last_event).map(asChunk);
  }

  #store({ last_event, events, created_ms }: Omit<Chunk, "bytes">, lines: Uint8Array): void {
    const checksums = blockChecksums(lines, { last_event, events });
    this.#insert().run(last_event, events, lines.length, created_ms, lines, checksums);
  }

  /** Number of the newest event ever stored. */
  newestEvent(): number {
    return Number(this.#newest.get()?.seq ?? 0);
  }
}

type LinesRow = [
  lines: Uint8Array,
  checksums: Uint8Array | null,
  last_event: number,
  events: number,
  bytes: number,
];

/** Index after the last event that fits into a piece which begins with event `first` at byte `start`. */
function pieceEnd(ends: number[], first: number, piece: BatchLimits & { start: number }): number {
  let end = first + 1;
  while (end < ends.length && end - first < piece.max_events) {
    if ((ends[end] ?? 0) - piece.start > piece.max_bytes) break;
    end++;
  }
  return end;
}

function rangeOf({ last_event, events }: ChunkNumbers): EventRange {
  return { first_event: last_event - events + 1, last_event };
}

function asChunk(row: unknown): StoredChunk {
  return row as StoredChunk;
}
