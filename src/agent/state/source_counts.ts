/**
 * What happened to the states of one source since the start.
 *
 * @module
 */

import { Durations } from "../../shared/durations.ts";

/** How the latest scan went. */
interface LastScan {
  atMs: number;
  tookMs: number;
  complete: boolean;
  reason: string | undefined;
  overLimit: number;
}

/** Counters and times of a source; lost at the end of the process. */
interface SourceCounts {
  creates: number;
  updates: number;
  deletes: number;
  /** Stateless events that told people of them. */
  told: number;
  /** Documents that the server refused. */
  refusals: number;
  /** Commits of which something had to wait for room in the window. */
  windowWaits: number;
  /** Of scans that came to their end. */
  readonly scans: Durations;
  incompleteScans: number;
  /** Rows before the first of these counts; known once somebody has asked. */
  itemsAtStart?: number;
  lastScan?: LastScan;
  nextScanAtMs?: number | undefined;
  /** What the last comparison with the server said, and when it was. */
  inSync?: { says: "yes" | "no"; atMs: number };
  /** Keys that changed while a scan is under way: newer than what it saw. One set for each such scan. */
  touched: Set<Set<string>>;
}

/** Counts by source number. */
export class SourceCounters {
  readonly #counts = new Map<number, SourceCounts>();

  of(source: number): SourceCounts {
    const known = this.#counts.get(source);
    if (known !== undefined) return known;
    const fresh: SourceCounts = {
      creates: 0,
      updates: 0,
      deletes: 0,
      told: 0,
      refusals: 0,
      windowWaits: 0,
      scans: new Durations(),
      incompleteScans: 0,
      touched: new Set(),
    };
    this.#counts.set(source, fresh);
    return fresh;
  }

  clear(): void {
    this.#counts.clear();
  }
}
