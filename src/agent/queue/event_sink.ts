/**
 * The queue as one collector sees it.
 *
 * @module
 */

import type { Queue } from "./queue.ts";
import type { AppendGroup } from "./types.ts";
import type { CollectedGroup } from "../../shared/protocol/stored_events.ts";

/** A collector's group; its checkpoints have no collector yet. */
type SinkGroup = CollectedGroup & Pick<AppendGroup, "write" | "writes">;

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
    const { checkpoints = [], ...others } = group;
    const named = checkpoints.map((checkpoint) => ({ ...checkpoint, collector: this.#collector }));
    await this.#queue.append({ ...others, checkpoints: named }, { signal });
  }

  /** The checkpoints that this collector has committed so far. */
  checkpoints(): Map<string, string> {
    return this.#queue.checkpoints(this.#collector);
  }
}
