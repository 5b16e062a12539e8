/**
 * How long the event loop of this process is held up.
 *
 * @module
 */

/** Watches how long the event loop is held up at a time. */
export class LoopWatch implements Disposable {
  readonly #timer: ReturnType<typeof setInterval>;
  #lastMs = performance.now();
  #longestMs = 0;

  constructor() {
    this.#timer = setInterval(() => this.#tick(), 1);
  }

  /** The longest time so far between two turns in which timers ran, in milliseconds. */
  get longestMs(): number {
    this.#tick();
    return this.#longestMs;
  }

  #tick(): void {
    const nowMs = performance.now();
    this.#longestMs = Math.max(this.#longestMs, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
