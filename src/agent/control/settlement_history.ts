/**
 * Remembers how recent batches ended, so that whoever put an event in can be told what became of it.
 *
 * @module
 */

import type { SettledBatch, SpanReport } from "../../shared/protocol/local_api.ts";
import type { EventRange, EventSpan } from "../../shared/protocol/stored_events.ts";

/** Batches remembered; enough for a client that asks once a second at full load. */
const MAX_REMEMBERED = 10_000;

/** The most recent settled batches, in memory. */
export class SettlementHistory {
  #batches: SettledBatch[] = [];
  #waiters = new Set<() => void>();

  /** The batch that was acknowledged last. */
  lastAcknowledged(): SettledBatch | undefined {
    return this.#batches.findLast(({ outcome }) => outcome === "acknowledged");
  }

  /** Adds a batch and wakes whoever waits. */
  add(batch: SettledBatch): void {
    this.#batches.push(batch);
    if (this.#batches.length > 2 * MAX_REMEMBERED) {
      this.#batches = this.#batches.slice(-MAX_REMEMBERED);
    }
    for (const wake of this.#waiters) wake();
    this.#waiters.clear();
  }

  /** What is known of a span. */
  report(span: EventSpan): SpanReport {
    const batches = this.#batches.filter((batch) =>
      batch.stream === span.stream && overlap(batch, span) > 0
    );
    let acknowledged = 0;
    let deadLettered = 0;
    for (const batch of batches) {
      const events = overlap(batch, span);
      const refused = batch.outcome === "dead_lettered"
        ? events
        : Math.min(events, batch.refused_events);
      acknowledged += events - refused;
      deadLettered += refused;
    }
    return {
      acknowledged_events: acknowledged,
      dead_lettered_events: deadLettered,
      open_events: span.last_event - span.first_event + 1 - acknowledged - deadLettered,
      batches,
    };
  }

  /** Resolves at the next settlement, or when the signal is aborted. */
  next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const wake = () => {
        signal.removeEventListener("abort", wake);
        this.#waiters.delete(wake);
        resolve();
      };
      this.#waiters.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
  }
}

function overlap(a: EventRange, b: EventRange): number {
  const first = Math.max(a.first_event, b.first_event);
  return Math.max(0, Math.min(a.last_event, b.last_event) - first + 1);
}
