/**
 * The time by which responses end: that for which agents ran, by the monotonic clock, and that for which none ran, by the wall clock.
 *
 * So a jump of the wall clock while an agent runs neither ends a response early nor keeps it; and what passes while none runs
 * counts, as far as the wall clock tells. One that was set back meanwhile tells that no time has passed.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";

/** The same moment by both clocks. */
export interface ClockMark {
  /** Of this time, in whole milliseconds. */
  age_ms: number;
  wall_ms: number;
}

/** Goes on from the newest mark that is stored. */
export class ResponseClock {
  readonly #clock: Pick<Clock, "now" | "monotonic">;
  readonly #startedMs: number;
  readonly #ageAtStartMs: number;

  /** @param last what the process before stored last */
  constructor(clock: Pick<Clock, "now" | "monotonic">, last: ClockMark | undefined) {
    const downMs = last === undefined ? 0 : Math.max(0, clock.now() - last.wall_ms);
    this.#clock = clock;
    this.#startedMs = clock.monotonic();
    this.#ageAtStartMs = (last?.age_ms ?? 0) + downMs;
  }

  /** This moment, to be stored. */
  mark(): ClockMark {
    const ageMs = this.#ageAtStartMs + this.#clock.monotonic() - this.#startedMs;
    return { age_ms: Math.round(ageMs), wall_ms: Math.round(this.#clock.now()) };
  }
}

/** When a moment of this time is by the wall clock, as both were at `mark`; in milliseconds. */
export function wallMsOf(ageMs: number, mark: ClockMark): number {
  return mark.wall_ms + ageMs - mark.age_ms;
}
