/**
 * The smallest of the values of late.
 *
 * @module
 */

const WINDOW_MS = 10_000;
const MIN_SAMPLES = 8;

/**
 * Forgets in two steps: the minimum of the window before counts until the current window is over. A window lasts 10 s, and
 * longer while there are few values: one that has become slow is not compared with itself.
 */
export class WindowedMinimum {
  #before = Infinity;
  #current = Infinity;
  #samples = 0;
  #startedAtMs = -Infinity;

  /** Takes a value in; `nowMs` is monotonic. */
  add(value: number, nowMs: number): void {
    // With a handful of slow answers in a window, the minimum of old would be forgotten for chance.
    if (this.#samples >= MIN_SAMPLES && nowMs - this.#startedAtMs >= WINDOW_MS) {
      this.#before = this.#current;
      this.#current = Infinity;
      this.#samples = 0;
    }
    if (this.#samples === 0) this.#startedAtMs = nowMs;
    this.#samples++;
    this.#current = Math.min(this.#current, value);
  }

  /** The minimum; `Infinity` without values. */
  get value(): number {
    return Math.min(this.#before, this.#current);
  }
}
