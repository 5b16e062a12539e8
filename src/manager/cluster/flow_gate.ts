/**
 * How much may be under way to the cluster: beyond it agents are to come again.
 *
 * @module
 */

import { StoreUnavailable } from "../stores/unavailable.ts";

const MAX_UNDER_WAY = 32;
const MAX_WAITING_BYTES = 64 * 1_024 * 1_024;

/** Lets so many through at a time. */
export class FlowGate {
  #free = MAX_UNDER_WAY;
  #bytes = 0;
  readonly #waiting: (() => void)[] = [];

  /**
   * Runs `work` when its turn has come.
   *
   * @throws StoreUnavailable when too much waits already
   */
  async run<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    if (this.#bytes > 0 && this.#bytes + bytes > MAX_WAITING_BYTES) {
      throw new StoreUnavailable("The cluster is slow: too many events wait for it");
    }
    this.#bytes += bytes;
    try {
      if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      else this.#free--;
      return await this.#released(work);
    } finally {
      this.#bytes -= bytes;
    }
  }

  async #released<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
