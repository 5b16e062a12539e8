/**
 * Reads chunks a page at a time, so that neither much memory is needed nor a read transaction stays open: a running agent could not
 * empty its write-ahead log meanwhile.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Stream } from "../../../shared/protocol/wire.ts";
import type { StoredChunk } from "../readable_events.ts";
import { chunkTable } from "../schema.ts";

/** Whichever is reached first ends a page. */
const PAGE = { bytes: 4 * 1024 * 1024, chunks: 2_000 } as const;

/** The chunks of one stream, to be looked at. */
export class StoredChunks {
  readonly #page: StatementSync;
  readonly #at: StatementSync;

  constructor(database: DatabaseSync, stream: Stream) {
    const table = chunkTable(stream);
    const checksums = hasColumn(database, table, "checksums") ? "checksums" : "NULL AS checksums";
    const columns = `last_event, events, bytes, created_ms, lines, ${checksums}`;
    this.#page = database.prepare(
      `SELECT ${columns} FROM ${table} WHERE last_event > ? AND created_ms >= ? ORDER BY last_event`,
    );
    this.#at = database.prepare(
      `SELECT ${columns} FROM ${table} WHERE last_event >= ? ORDER BY last_event LIMIT 1`,
    );
  }

  /** Chunks with events above `after`, stored since `sinceMs`, oldest first. */
  *all({ after = 0, sinceMs = 0 }: { after?: number; sinceMs?: number } = {}): Generator<
    StoredChunk
  > {
    for (let last = after;;) {
      const page = this.#read(last, sinceMs);
      yield* page;
      const end = page.at(-1);
      if (end === undefined) return;
      last = end.last_event;
    }
  }

  /** The chunk that holds an event, or the next one behind it. */
  at(event: number): StoredChunk | undefined {
    return this.#at.get(event) as unknown as StoredChunk | undefined;
  }

  #read(after: number, sinceMs: number): StoredChunk[] {
    const page: StoredChunk[] = [];
    let bytes = 0;
    for (const row of this.#page.iterate(after, sinceMs)) {
      const chunk = row as unknown as StoredChunk;
      page.push(chunk);
      bytes += chunk.lines.length;
      if (bytes >= PAGE.bytes || page.length >= PAGE.chunks) break;
    }
    return page;
  }
}

/** Whether a table has a column: a reader also opens files that no agent has upgraded yet. */
export function hasColumn(database: DatabaseSync, table: string, column: string): boolean {
  return database.prepare("SELECT 1 FROM pragma_table_info(?) WHERE name = ?")
    .get(table, column) !== undefined;
}
