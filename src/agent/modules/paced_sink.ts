/**
 * Takes no more events in a second than a module may bring: what is beyond waits where it comes from.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
import { countEvents } from "../../shared/protocol/encoded_events.ts";
import type { EventSink, SinkGroup } from "./collector.ts";

/** What was not used may be used later, up to so much time of it. */
const MOST_CREDIT_MS = 1_000;

/** Has who brings events wait for its rate. */
export class PacedSink implements EventSink {
  readonly #sink: EventSink;
  readonly #msPerEvent: number;
  readonly #clock: Clock;
  /** Monotonic: when the next group may be taken. */
  #freeAtMs = -Infinity;

  constructor(sink: EventSink, { perSecond, clock }: { perSecond: number; clock: Clock }) {
    this.#sink = sink;
    this.#msPerEvent = 1_000 / perSecond;
    this.#clock = clock;
  }

  async append(group: SinkGroup, signal: AbortSignal): Promise<void> {
    const nowMs = this.#clock.monotonic();
    const startMs = Math.max(this.#freeAtMs, nowMs - MOST_CREDIT_MS);
    // Others that come meanwhile stand behind this one.
    this.#freeAtMs = startMs + countEvents(group.events) * this.#msPerEvent;
    // A group without events is news of its source, or a loss: nobody counts it.
    if (startMs > nowMs && group.events.length > 0) {
      await this.#clock.sleep(startMs - nowMs, signal);
    }
    await this.#sink.append(group, signal);
  }

  checkpoints(): Map<string, string> {
    return this.#sink.checkpoints();
  }
}
