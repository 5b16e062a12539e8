/**
 * Time as the manager needs it, handed in so that a test decides what time it is.
 *
 * @module
 */

import { setTimeout as wait } from "node:timers/promises";

/** Two clocks and a way to wait. */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC. May jump. */
  now(): number;
  /** Milliseconds since an arbitrary start. Never goes backwards. */
  monotonic(): number;
  /**
   * Resolves after `durationMs` milliseconds.
   *
   * @throws as soon as the signal is aborted
   */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (durationMs, signal) => wait(durationMs, undefined, signal ? { signal } : {}),
};
