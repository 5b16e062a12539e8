/**
 * When is scanned next.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";

/** What decides. Milliseconds. */
interface ScanTimesOptions {
  intervalMs: number;
  scanOnStart: boolean;
  spreadMs: number;
  /** From 0 to less than 1. */
  random: () => number;
}

/** Keeps the time of the next scan by the monotonic clock. */
export class ScanTimes {
  readonly #clock: Clock;
  readonly #options: ScanTimesOptions;
  #nextMs: number;
  #lastMs: number | undefined;

  constructor(clock: Clock, options: ScanTimesOptions) {
    this.#clock = clock;
    this.#options = options;
    const { intervalMs, scanOnStart, spreadMs, random } = options;
    const wait = random() * Math.min(spreadMs, intervalMs);
    this.#nextMs = clock.monotonic() + wait + (scanOnStart ? 0 : intervalMs);
  }

  /** Milliseconds until the next one. */
  get waitMs(): number {
    return Math.max(0, this.#nextMs - this.#clock.monotonic());
  }

  /** When the next one is: wall clock, milliseconds. */
  get nextAtMs(): number {
    return this.#clock.now() + this.waitMs;
  }

  /** A scan is over. */
  done(): void {
    this.#lastMs = this.#clock.monotonic();
    this.#nextMs = this.#lastMs + this.#options.intervalMs;
  }

  /** Goes on with the scans of earlier options: other options are no reason to scan again at once, but when one is overdue. */
  follow({ lastMs }: { lastMs: number | undefined }): void {
    if (lastMs === undefined) return;
    this.#lastMs = lastMs;
    this.#nextMs = lastMs + this.#options.intervalMs;
  }

  /** The next one is now. */
  hurry(): void {
    this.#nextMs = this.#clock.monotonic();
  }

  /** The next one is no later than in so many milliseconds. */
  hurryIn(ms: number): void {
    this.#nextMs = Math.min(this.#nextMs, this.#clock.monotonic() + ms);
  }

  /** The end of the last scan by the monotonic clock; `undefined` before the first. */
  get lastMs(): number | undefined {
    return this.#lastMs;
  }
}
