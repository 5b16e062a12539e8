/**
 * Counts what a collector hands over.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
import { countEvents, sizeOfEvents } from "../../shared/protocol/encoded_events.ts";
import type { EventSink, SinkGroup } from "./collector.ts";

/** A sink that passes everything on and keeps count of what was taken. */
export class CountingSink implements EventSink {
  readonly #sink: EventSink;
  readonly #clock: Clock;
  #events = 0;
  #groups = 0;
  #bytes = 0;
  #lastEventAtMs: number | undefined;
  /** Monotonic, and wall clock: since when each append that is under way has waited. */
  readonly #pending = new Set<{ sinceMs: number; atMs: number }>();

  constructor(sink: EventSink, clock: Clock) {
    this.#sink = sink;
    this.#clock = clock;
  }

  /** Events taken so far. */
  get events(): number {
    return this.#events;
  }

  /** Their bytes, as they will be sent. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Groups taken so far. */
  get groups(): number {
    return this.#groups;
  }

  /** Wall clock, milliseconds: when events were taken last. */
  get lastEventAtMs(): number | undefined {
    return this.#lastEventAtMs;
  }

  /**
   * Since when (wall clock) an append has been waiting that has waited for `thresholdMs` or longer.
   */
  blockedSinceMs(thresholdMs: number): number | undefined {
    const [oldest] = this.#pending;
    const isBlocked = oldest && this.#clock.monotonic() - oldest.sinceMs >= thresholdMs;
    return isBlocked ? oldest.atMs : undefined;
  }

  /** True while an append is under way. */
  get isAppending(): boolean {
    return this.#pending.size > 0;
  }

  async append(group: SinkGroup, signal: AbortSignal): Promise<void> {
    const waiting = { sinceMs: this.#clock.monotonic(), atMs: this.#clock.now() };
    this.#pending.add(waiting);
    try {
      await this.#sink.append(group, signal);
    } finally {
      this.#pending.delete(waiting);
    }
    this.#groups++;
    if (group.events.length === 0) return;
    this.#events += countEvents(group.events);
    this.#bytes += sizeOfEvents(group.events);
    this.#lastEventAtMs = this.#clock.now();
  }

  checkpoints(): Map<string, string> {
    return this.#sink.checkpoints();
  }
}
