/**
 * Takes events back that must not leave any more. Belongs inside a transaction.
 *
 * @module
 */

import type { Amount } from "../../shared/protocol/stored_events.ts";
import type { Stream } from "../../shared/protocol/wire.ts";
import { keptEvents, splitEvents } from "./batch_events.ts";
import type { QueueStore } from "./queue_store.ts";
import { rangeOf } from "./unclaimed_events.ts";

/** Which events are taken back, and what the ledger says of them. */
export interface Withdrawal {
  stream: Stream;
  matches: (event: Uint8Array) => boolean;
  /** Only what was stored before this moment, wall clock. @default all */
  beforeMs?: number;
  reason: string;
  detail: string;
}

/** Removes events that no batch has claimed; returns how much that was. */
export function withdraw(
  store: QueueStore,
  { stream, matches, beforeMs = Infinity, reason, detail }: Withdrawal,
  nowMs: number,
): Amount {
  const chunks = store.chunks(stream);
  const withdrawn = { events: 0, bytes: 0 };
  // The chunks change while they are walked.
  for (const chunk of [...store.unclaimed.chunks(stream)]) {
    if (chunk.created_ms >= beforeMs) continue;
    const range = rangeOf(chunk);
    const events = chunks.lines(range).flatMap((lines) => splitEvents(stream, lines));
    const kept = events.flatMap((event, index) => matches(event) ? [] : { index, reason: "" });
    if (kept.length === events.length) continue;
    chunks.delete(range);
    let keptBytes = 0;
    for (const run of keptEvents(events, range.first_event, kept)) {
      chunks.putBack(run, chunk.created_ms);
      keptBytes += run.bytes;
    }
    withdrawn.events += events.length - kept.length;
    withdrawn.bytes += chunk.bytes - keptBytes;
  }
  if (withdrawn.events === 0) return withdrawn;
  store.accounts.add(stream, "dropped", withdrawn);
  store.losses.record({ stream, ...withdrawn, reason, detail }, nowMs);
  return withdrawn;
}
