/**
 * The queue as one collector sees it.
 *
 * @module
 */

import type { EncodedEvents } from "../../shared/protocol/encoded_events.ts";
import type { Stream } from "../../shared/protocol/wire.ts";
import type { Queue } from "./queue.ts";
import type { Loss } from "./types.ts";

/** A collector's group: what becomes durable together. */
export interface SinkGroup {
  stream: Stream;
  events: readonly EncodedEvents[];
  checkpoints?: readonly { key: string; value: string | null }[];
  losses?: readonly Omit<Loss, "stream">[];
}

/** Puts one collector's events and checkpoints into the queue, under its name. */
export class QueueEventSink {
  readonly #queue: Queue;
  readonly #collector: string;

  constructor(queue: Queue, collector: string) {
    this.#queue = queue;
    this.#collector = collector;
  }

  /** See `EventSink.append`. */
  async append(group: SinkGroup, signal: AbortSignal): Promise<void> {
    const { stream, events, losses = [], checkpoints = [] } = group;
    const named = checkpoints.map((checkpoint) => ({ ...checkpoint, collector: this.#collector }));
    await this.#queue.append({ stream, events, losses, checkpoints: named }, { signal });
  }

  /** The checkpoints that this collector has committed so far. */
  checkpoints(): Map<string, string> {
    return this.#queue.checkpoints(this.#collector);
  }
}
