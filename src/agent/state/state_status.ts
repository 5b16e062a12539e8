/**
 * How the documents of each collector stand, for the status.
 *
 * @module
 */

import type { StateStatus } from "../../shared/protocol/part_status.ts";
import type { Source } from "./source_table.ts";
import type { StateCore } from "./state_core.ts";
import type { StateStore } from "./state_store.ts";

/** The collectors of a module, in the order in which they came. */
export function stateStatuses(core: StateCore, module: string): StateStatus[] {
  return core.look((store) =>
    store.sources.list()
      .filter((source) => source.module === module)
      .map((source) => statusOf(core, store, source))
  );
}

function statusOf(core: StateCore, store: StateStore, source: Source): StateStatus {
  const { number, collector, pausedUntilMs, pauseReason } = source;
  const { clock } = core.deps;
  const counts = core.counters.of(number);
  const { creates, updates, deletes, told, lastScan, nextScanAtMs, inSync } = counts;
  const isPaused = pausedUntilMs > clock.now();
  return {
    collector,
    items: itemsOf(core, store, source),
    creates,
    updates,
    deletes,
    told,
    pending: store.outbox.count(number),
    refused: store.refused.count(number),
    last_refusal: store.refused.newest(number)?.reason ?? null,
    refusals: counts.refusals,
    window_waits: counts.windowWaits,
    scanning: counts.touched.size > 0,
    scans: { ...counts.scans.figures, incomplete: counts.incompleteScans },
    over_limit: lastScan?.overLimit ?? 0,
    last_scan_at: isoTime(lastScan?.atMs),
    last_scan_ms: lastScan?.tookMs ?? null,
    last_scan_complete: lastScan?.complete ?? null,
    last_scan_reason: lastScan?.reason ?? null,
    next_scan_at: isoTime(nextScanAtMs),
    in_sync: inSync?.says ?? "unknown",
    in_sync_since: isoTime(inSync?.atMs),
    paused_until: isPaused ? isoTime(pausedUntilMs) : null,
    pause_reason: isPaused ? pauseReason ?? null : null,
  };
}

/** Rows are counted once: a million of them take a while. */
function itemsOf(core: StateCore, store: StateStore, { number }: Source): number {
  const counts = core.counters.of(number);
  const changed = counts.creates - counts.deletes;
  counts.itemsAtStart ??= store.states.count(number) - changed;
  return counts.itemsAtStart + changed;
}

function isoTime(wallMs: number | undefined): string | null {
  return wallMs === undefined ? null : new Date(wallMs).toISOString();
}
