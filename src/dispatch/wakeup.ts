/**
 * Waits for whatever comes first: a wake-up, a time, the end.
 *
 * @module
 */

import type { Clock } from "../clock.ts";

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
    this.#interrupt?.abort();
  }

  /** Resolves when woken, after `durationMs` (`undefined`: never by itself), or when the signal is aborted. */
  async wait(durationMs: number | undefined, signal: AbortSignal): Promise<void> {
    if (!this.#woken && !signal.aborted) {
      this.#interrupt = new AbortController();
      const either = AbortSignal.any([signal, this.#interrupt.signal]);
      if (durationMs === undefined) await aborted(either);
      else await this.#clock.sleep(durationMs, either).catch(() => {});
      this.#interrupt = undefined;
    }
    this.#woken = false;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true })
  );
}
