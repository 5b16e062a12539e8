/**
 * How soon a program is started again that ended.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
const WINDOW_MS = 600_000;
/** More ends than these within the window are a fault. */
const MOST_ENDS = 5;

/** Waits 1, 2, 4 … 60 seconds; 1 again after what ran for longer than a minute. */
export class RestartPace {
  readonly #clock: Pick<Clock, "monotonic">;
  #endsMs: number[] = [];
  #waitMs = FIRST_WAIT_MS;
  #count = 0;

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /** How often it ended. */
  get count(): number {
    return this.#count;
  }

  /** Notes an end; says how long to wait, in milliseconds. */
  ended({ ranMs }: { ranMs: number }): number {
    const nowMs = this.#clock.monotonic();
    this.#count++;
    this.#endsMs = [...this.#recent(nowMs), nowMs].slice(-1 - MOST_ENDS);
    if (ranMs > LONGEST_WAIT_MS) this.#waitMs = FIRST_WAIT_MS;
    const waitMs = this.#waitMs;
    this.#waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
    return waitMs;
  }

  /** Whether it ended more than five times in ten minutes. */
  get isTooOften(): boolean {
    return this.#recent(this.#clock.monotonic()).length > MOST_ENDS;
  }

  #recent(nowMs: number): number[] {
    return this.#endsMs.filter((endMs) => nowMs - endMs < WINDOW_MS);
  }
}
