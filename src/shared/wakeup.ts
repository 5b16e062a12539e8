/**
 * Waits for whatever comes first: a wake-up, a time, the end.
 *
 * @module
 */

import { aborted, AnySignal } from "./any_signal.ts";
import type { Clock } from "./clock.ts";

/** A sleeper that can be woken. A wake-up while nobody sleeps ends the next sleep at once: none is lost. */
export class Wakeup {
  readonly #clock: Clock;
  #woken = false;
  #interrupt: AbortController | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends the current sleep, or the next one. */
  wake(): void {
    this.#woken = true;
    // Without a reason of its own an abort makes an exception with a stack.
    this.#interrupt?.abort("woken");
  }

  /** Resolves when woken, after `durationMs` (`undefined`: never by itself), or when the signal is aborted. */
  async wait(durationMs: number | undefined, signal: AbortSignal): Promise<void> {
    if (!this.#woken && !signal.aborted) {
      this.#interrupt = new AbortController();
      using either = new AnySignal(signal, this.#interrupt.signal);
      if (durationMs === undefined) await aborted(either.signal);
      else await this.#clock.sleep(durationMs, either.signal).catch(() => {});
      this.#interrupt = undefined;
    }
    this.#woken = false;
  }
}
