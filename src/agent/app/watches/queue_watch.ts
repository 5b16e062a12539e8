import { getLogger } from "@logtape/logtape";

/** Says once that the queue is full, and once that it is so no longer. */
export class QueueWatch {
  readonly #log = getLogger(["agent", "queue"]);
  #sinceMs: number | undefined;

  /** Call about once a second, with since when the queue is full and what it may hold. A disk without room says so itself. */
  observe(
    { fullSinceMs: sinceMs, diskIsLow }: { fullSinceMs: number | undefined; diskIsLow: boolean },
    bounds: { max_events: number; max_bytes: number },
  ): void {
    if (diskIsLow) return;
    const wasFull = this.#sinceMs !== undefined;
    this.#sinceMs = sinceMs;
    if (wasFull === (sinceMs !== undefined)) return;
    if (wasFull) this.#log.info("The queue has room again: what is collected is taken in");
    else {
      this.#log.error("The queue is full: what is collected has to wait for room", { ...bounds });
    }
  }
}
