/**
 * The clock of the monitor: silence is measured by a clock that never jumps, and said in the time
 * of day.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";

/** The time of day is whole milliseconds, and the two clocks are not read in one moment. */
const INEXACT_MS = 100;

/** A {@linkcode Clock} whose two times can be turned into each other. */
export interface MonitorClock extends Clock {
  /**
   * Wall time, whole milliseconds since 1970, of a monotonic one. The same whenever it is asked for,
   * unless the clock is set meanwhile.
   */
  toWall(monotonicMs: number): number;
  /**
   * Monotonic time of milliseconds since 1970.
   *
   * @param latestMs what it is at the latest. @default the start of this clock
   */
  fromWall(wallMs: number, latestMs?: number): number;
}

/** Makes a {@linkcode MonitorClock} of `clock`. */
export function monitorClock(clock: Clock): MonitorClock {
  const startMs = clock.monotonic();
  let knownMs = clock.now() - startMs;
  /** How far the time of day is ahead. */
  const aheadMs = () => {
    const measuredMs = clock.now() - clock.monotonic();
    if (Math.abs(measuredMs - knownMs) > INEXACT_MS) knownMs = measuredMs;
    return knownMs;
  };
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    sleep: (durationMs, signal) => clock.sleep(durationMs, signal),
    toWall: (ms) => Math.round(ms + aheadMs()),
    fromWall: (ms, latestMs = startMs) => Math.min(latestMs, ms - aheadMs()),
  };
}
