/**
 * How far the record file goes.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Everything up to this event stands in the first `fileBytes` bytes of the file at `path`. */
export interface RecordMarker {
  /** Absolute path of the record file. */
  path: string;
  /** Number of the last event in the file. */
  recordedUpTo: number;
  /** Length of the file with it, in bytes. */
  fileBytes: number;
}

/** The one marker. While there is one, events beyond it are not removed from the store. */
export class RecordMarkerTable {
  readonly #get: StatementSync;
  readonly #set: StatementSync;
  readonly #clear: StatementSync;

  constructor(db: DatabaseSync) {
    this.#get = db.prepare("SELECT path, recorded_up_to, file_bytes FROM record_marker");
    this.#set = db.prepare(
      `INSERT OR REPLACE INTO record_marker (only, path, recorded_up_to, file_bytes)
       VALUES (1, ?, ?, ?)`,
    );
    this.#clear = db.prepare("DELETE FROM record_marker");
  }

  /** The marker, if events are being recorded. */
  get(): RecordMarker | undefined {
    const row = this.#get.get();
    if (row === undefined) return undefined;
    return {
      path: String(row.path),
      recordedUpTo: Number(row.recorded_up_to),
      fileBytes: Number(row.file_bytes),
    };
  }

  /** Moves the marker. */
  set({ path, recordedUpTo, fileBytes }: RecordMarker): void {
    this.#set.run(path, recordedUpTo, fileBytes);
  }

  /** Forgets the marker: nothing is recorded any more. */
  clear(): void {
    this.#clear.run();
  }
}
