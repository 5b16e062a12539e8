/**
 * Time, handed in wherever it is used, so that a test decides what time it is.
 *
 * @module
 */

/** Two clocks and a way to wait. Intervals are measured with {@linkcode monotonic}, never {@linkcode now}. */
export interface Clock {
  /** Wall clock: milliseconds since 1970-01-01 UTC. May jump. */
  now(): number;
  /** Milliseconds since an arbitrary start. Never goes backwards. */
  monotonic(): number;
  /**
   * Resolves after `durationMs` milliseconds.
   *
   * @throws the signal's reason, as soon as the signal is aborted
   */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep(durationMs, signal) {
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const wake = (finish: () => void) => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
        finish();
      };
      const onAbort = () => wake(() => reject(signal?.reason));
      const timer = setTimeout(() => wake(resolve), Math.max(0, durationMs));
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  },
};

/** A moment of the wall clock in ISO 8601, UTC; `null` for one that nobody knows. */
export function isoOrNull(wallMs: number | undefined): string | null {
  return wallMs === undefined ? null : new Date(wallMs).toISOString();
}
