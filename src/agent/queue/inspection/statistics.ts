/**
 * What a queue holds, in numbers: exact where an account or a bound makes that cheap, else estimated by some of the events and said to
 * be so.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type {
  QueueStatistics,
  SourceShare,
  StreamStatistics,
} from "../../../shared/protocol/queue_inspection.ts";
import type { Stream } from "../../../shared/protocol/wire.ts";
import type { QueueStore } from "../queue_store.ts";
import type { StoredChunk } from "../readable_events.ts";
import { chunkTable } from "../schema.ts";
import { eventsIn, sourceOf } from "./event_text.ts";
import { StoredChunks } from "./stored_chunks.ts";

/** A queue this long is counted by module; of a longer one some chunks stand for the others. */
const COUNTED_BYTES = 16 * 1024 * 1024;
const SAMPLES = 24;

/** Counts the tables beside the streams, and the file. `bytesOf` gives the length of a file, 0 when there is none. */
export function fileStatistics(
  database: DatabaseSync,
  logBytes: number,
): Omit<QueueStatistics, "streams"> {
  const file = database.prepare(
    `SELECT page_count * page_size AS bytes, freelist_count * page_size AS free_bytes
     FROM pragma_page_count, pragma_page_size, pragma_freelist_count`,
  ).get() as { bytes: number; free_bytes: number };
  const letters = database.prepare(
    `SELECT count(*) AS letters, coalesce(sum(events), 0) AS events,
       coalesce(sum(bytes), 0) AS bytes FROM dead_letter`,
  ).get() as unknown as QueueStatistics["dead_letters"];
  const losses = database.prepare(
    `SELECT count(*) AS entries, coalesce(sum(events), 0) AS events,
       coalesce(sum(bytes), 0) AS bytes FROM loss`,
  ).get() as unknown as QueueStatistics["losses"];
  return {
    database: { bytes: file.bytes, log_bytes: logBytes, free_bytes: file.free_bytes },
    dead_letters: { ...letters },
    losses: { ...losses },
  };
}

/** Counts one stream. */
export function streamStatistics(
  database: DatabaseSync,
  store: QueueStore,
  stream: Stream,
): StreamStatistics {
  const account = store.accounts.get(stream);
  const { oldest, newest } = store.queuedNumbers(stream);
  const isCounted = account.queued.bytes <= COUNTED_BYTES;
  const chunks = new StoredChunks(database, stream);
  const read = isCounted ? chunks.all() : sample(chunks, oldest, newest);
  return {
    account,
    newest_event: newest,
    oldest_ms: store.oldestMs(stream) ?? null,
    newest_ms: newestMs(database, stream),
    batches: store.batches.list(stream).map(
      ({ id, first_event, last_event, events, bytes, encoding, created_ms }) => ({
        id,
        first_event,
        last_event,
        events,
        bytes,
        encoding,
        created_ms,
      }),
    ),
    sources: scaled(countSources(stream, read), isCounted ? undefined : account.queued.events),
    sampled: !isCounted,
  };
}

function newestMs(database: DatabaseSync, stream: Stream): number | null {
  const row = database.prepare(
    `SELECT created_ms FROM ${chunkTable(stream)} ORDER BY last_event DESC LIMIT 1`,
  ).get();
  return row === undefined ? null : Number(row.created_ms);
}

/** Chunks spread evenly over the numbers. */
function* sample(chunks: StoredChunks, oldest: number, newest: number): Generator<StoredChunk> {
  let last = 0;
  for (let step = 0; step < SAMPLES; step++) {
    const chunk = chunks.at(oldest + Math.floor((newest - oldest) * step / SAMPLES));
    if (chunk === undefined || chunk.last_event === last) continue;
    last = chunk.last_event;
    yield chunk;
  }
}

function countSources(stream: Stream, chunks: Iterable<StoredChunk>): SourceShare[] {
  const shares = new Map<string, SourceShare>();
  // Headers of the stateless stream are few and come again and again.
  const known = new Map<string, SourceShare>();
  for (const { last_event, events, created_ms, lines } of chunks) {
    const first_event = last_event - events + 1;
    const stored = { stream, first_event, stored_ms: created_ms, lines, isIntact: true };
    for (const { header } of eventsIn(stored)) {
      const share = known.get(header) ?? shareOf(header, shares);
      if (stream === "stateless") known.set(header, share);
      share.events++;
    }
  }
  return [...shares.values()].sort((a, b) => b.events - a.events);
}

function shareOf(header: string, shares: Map<string, SourceShare>): SourceShare {
  const { module, collector } = sourceOf(header);
  const key = JSON.stringify([module, collector]);
  const share = shares.get(key) ?? { module, collector, events: 0 };
  shares.set(key, share);
  return share;
}

function scaled(shares: SourceShare[], total: number | undefined): SourceShare[] {
  const counted = shares.reduce((sum, { events }) => sum + events, 0);
  if (total === undefined || counted === 0) return shares;
  return shares.map((share) => ({ ...share, events: Math.round(share.events * total / counted) }));
}
