/**
 * When everything is looked at.
 *
 * @module
 */

/** Milliseconds until the next look by a time of day such as `03:30`, local time. */
function untilTimeOfDay(time: string, nowMs: number): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  const next = new Date(nowMs);
  next.setHours(hours, minutes, 0, 0);
  if (next.getTime() <= nowMs) next.setDate(next.getDate() + 1);
  return next.getTime() - nowMs;
}

/** What the next look depends on. Times in milliseconds, wall clock. */
interface ScheduleFacts {
  interval: number;
  /** @default the interval counts */
  scanAt: string;
  nowMs: number;
  /** When everything was seen last. @default never */
  lastMs: number | undefined;
}

/** Milliseconds until the next look. A clock that was set back makes it no longer than the interval. */
export function untilNextScan({ interval, scanAt, nowMs, lastMs }: ScheduleFacts): number {
  if (scanAt !== "") return untilTimeOfDay(scanAt, nowMs);
  if (lastMs === undefined) return 0;
  return Math.min(Math.max(0, lastMs + interval - nowMs), interval);
}
