/**
 * What the collector works with while it runs, and what it keeps between runs.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import type { EventSink } from "../collector.ts";
import type { FileTail } from "./files/file_tail.ts";
import type { FollowedFiles } from "./followed_files.ts";
import type { PendingGroup } from "./pending_group.ts";

/** What outlives a run. */
export interface Held {
  files: FollowedFiles;
  group: PendingGroup;
}

/** One run: what is followed, where it goes, and when what is due. */
export interface Run extends Held {
  sink: EventSink;
  signal: AbortSignal;
  buffer: Buffer;
  /** Files that gave something in the round before; they are looked at again at once. */
  active: ReadonlySet<FileTail>;
  /** Monotonic. */
  nextLookMs: number;
  nextScanMs: number;
  /** When files that wait may get the places of those that have been read. */
  nextTurnMs: number;
}
