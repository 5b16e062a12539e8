/**
 * How much may be under way to the cluster: beyond it agents are to come again.
 *
 * @module
 */

import { StoreUnavailable } from "../../stores/unavailable.ts";

const MAX_UNDER_WAY = 32;
const MAX_WAITING_BYTES = 64 * 1_024 * 1_024;
/** Those that are under way wait for a new leader as long; whoever has not begun by then is better told to come again. */
const MOST_WAIT_MS = 12_000;

/** Lets so many through at a time. */
export class FlowGate {
  readonly #mostWaitMs: number;
  #free = MAX_UNDER_WAY;
  #bytes = 0;
  /** Oldest first. */
  readonly #waiting = new Set<() => void>();

  /** @param mostWaitMs how long anybody waits for a turn */
  constructor(mostWaitMs = MOST_WAIT_MS) {
    this.#mostWaitMs = mostWaitMs;
  }

  /**
   * Runs `work` when its turn has come.
   *
   * @throws StoreUnavailable when too much waits already, or its turn does not come soon
   */
  async run<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    if (this.#bytes > 0 && this.#bytes + bytes > MAX_WAITING_BYTES) {
      throw new StoreUnavailable("The cluster is slow: too many events wait for it");
    }
    this.#bytes += bytes;
    try {
      if (this.#free === 0) await this.#turn();
      else this.#free--;
      return await this.#released(work);
    } finally {
      this.#bytes -= bytes;
    }
  }

  async #turn(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    const timer = setTimeout(() => {
      this.#waiting.delete(resolve);
      reject(new StoreUnavailable("The cluster is slow: others wait for it already"));
    }, this.#mostWaitMs);
    await promise.finally(() => clearTimeout(timer));
  }

  async #released<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      const [next] = this.#waiting;
      if (next === undefined) this.#free++;
      else {
        this.#waiting.delete(next);
        next();
      }
    }
  }
}
