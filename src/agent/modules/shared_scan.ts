/**
 * A scan that several may wait for.
 *
 * @module
 */

import { aborted, AnySignal } from "../../shared/any_signal.ts";

/** One scan; it is given up when everybody who waits for it has gone. */
export class SharedScan {
  readonly #abandoned = new AbortController();
  readonly #done: Promise<void>;
  #waiting = 0;

  /** Begins it; it ends early when `stop` is aborted. */
  constructor(scan: (signal: AbortSignal) => Promise<void>, stop: AbortSignal) {
    this.#done = this.#run(scan, stop);
    // Whoever waits is told; when nobody waits any more, nobody needs to know.
    this.#done.catch(() => {});
  }

  /** Resolves when it is over, whatever came of it. */
  get over(): Promise<void> {
    return this.#done.catch(() => {});
  }

  /**
   * Waits for its end.
   *
   * @throws why it failed, or the signal's reason when that is aborted first
   */
  async wait(signal: AbortSignal): Promise<void> {
    this.#waiting++;
    try {
      await Promise.race([this.#done, aborted(signal)]);
      signal.throwIfAborted();
    } finally {
      this.#waiting--;
      if (this.#waiting === 0) this.#abandoned.abort(signal.reason);
    }
  }

  /** Lets it go on although nobody waits for it. */
  keep(): void {
    this.#waiting++;
  }

  async #run(scan: (signal: AbortSignal) => Promise<void>, stop: AbortSignal): Promise<void> {
    using either = new AnySignal(stop, this.#abandoned.signal);
    await scan(either.signal);
  }
}
