/**
 * How long messages wait until the cluster says that they are stored.
 *
 * @module
 */

/** So many of the newest are looked at, and none that is older than a minute. */
const REMEMBERED = 1_024;
const LOOK_BACK_MS = 60_000;

/** Remembers the newest. Times are of `performance.now()`. */
export class PublishTimes {
  readonly #tookMs = new Float64Array(REMEMBERED);
  readonly #endedAtMs = new Float64Array(REMEMBERED).fill(-Infinity);
  #next = 0;

  /** A message that was sent at `sentAtMs` is stored. */
  add(sentAtMs: number, nowMs = performance.now()): void {
    this.#tookMs[this.#next] = nowMs - sentAtMs;
    this.#endedAtMs[this.#next] = nowMs;
    this.#next = (this.#next + 1) % REMEMBERED;
  }

  /** What 99 of 100 messages of the last minute did not exceed, in milliseconds; `null` when there was none. */
  p99Ms(nowMs = performance.now()): number | null {
    const took = this.#tookMs.filter((_, index) =>
      nowMs - (this.#endedAtMs[index] ?? -Infinity) <= LOOK_BACK_MS
    ).sort();
    return took[Math.max(0, Math.ceil(took.length * 0.99) - 1)] ?? null;
  }
}
