/**
 * How soon a poll may follow one that brought nothing new.
 *
 * @module
 */

/** A poll that was held for so long was worth its request, in milliseconds. */
export const HELD_MS = 1_000;
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5_000;

/** Waits that grow while polls bring nothing new: one at once, a few in a second, then one in some seconds. */
export class PollPace {
  #useless = 0;

  /** True when polls have just become useless. */
  get justSlowed(): boolean {
    return this.#useless === 5;
  }

  /** A poll ended; the wait before the next one, in milliseconds. */
  next({ heldMs, fresh }: { heldMs: number; fresh: boolean }): number {
    this.#useless = fresh || heldMs >= HELD_MS ? 0 : this.#useless + 1;
    if (this.#useless <= 1) return 0;
    return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.#useless - 2));
  }
}
