/**
 * How long something took, over many times.
 *
 * @module
 */

import type { DurationFigures } from "./protocol/part_status.ts";

/** Adds durations up. */
export class Durations {
  #count = 0;
  #totalMs = 0;
  #lastMs: number | undefined;
  #maxMs = 0;

  /** It happened once more, and took `ms` milliseconds. */
  add(ms: number): void {
    this.#count++;
    this.#totalMs += ms;
    this.#lastMs = ms;
    this.#maxMs = Math.max(this.#maxMs, ms);
  }

  /** The figures so far. */
  get figures(): DurationFigures {
    if (this.#lastMs === undefined) return { count: 0, last_ms: null, mean_ms: null, max_ms: null };
    return {
      count: this.#count,
      last_ms: Math.round(this.#lastMs),
      mean_ms: Math.round(this.#totalMs / this.#count),
      max_ms: Math.round(this.#maxMs),
    };
  }
}
