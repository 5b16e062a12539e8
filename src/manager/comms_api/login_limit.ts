/**
 * How many agents may log in at a time, and when the others are to come again.
 *
 * A token bucket that holds one second's worth: so many log-ins pass at once, and then as many a
 * second. Who is refused is told a wait; the waits grow with the number of those who were refused
 * before and cannot have come back yet. So thousands who come together after a restart come again
 * spread over the time that it takes to let them in, and not all in the same second.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";

/** Longest wait that anybody is told, in seconds: nobody who asks too often may lock others out. */
const LONGEST_WAIT_S = 60;

/** What a {@linkcode LoginLimit} is built with. */
interface LoginLimitOptions {
  clock: Clock;
  /** Log-ins a second; 0 for any number. */
  loginRate: number;
}

/** Lets log-ins pass, or says when to come again. */
export class LoginLimit {
  readonly #clock: Clock;
  readonly #rate: number;
  #free: number;
  /** Refused, and told a time that has not come. */
  #expected = 0;
  #countedAtMs: number;

  constructor({ clock, loginRate }: LoginLimitOptions) {
    this.#clock = clock;
    this.#rate = loginRate;
    this.#free = loginRate;
    this.#countedAtMs = clock.now();
  }

  /** Takes one log-in. Returns 0 when it may pass, else after how many seconds to come again. */
  take(): number {
    if (this.#rate === 0) return 0;
    this.#count();
    if (this.#free >= 1) {
      this.#free--;
      return 0;
    }
    const mostExpected = this.#rate * LONGEST_WAIT_S;
    this.#expected = Math.min(this.#expected + 1, mostExpected);
    return Math.ceil(this.#expected / this.#rate);
  }

  #count(): void {
    const nowMs = this.#clock.now();
    // The wall clock may be set back.
    const passed = Math.max(0, nowMs - this.#countedAtMs) / 1_000 * this.#rate;
    this.#countedAtMs = nowMs;
    this.#free = Math.min(this.#rate, this.#free + passed);
    this.#expected = Math.max(0, this.#expected - passed);
  }
}
