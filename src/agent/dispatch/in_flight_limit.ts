/**
 * How many requests may be under way at once: as many as the server takes well.
 *
 * Slow start, then additive increase and multiplicative decrease, the rules that TCP shares a line by (RFC 5681): while every place
 * is taken and answers come, twice as many are allowed in each round until the first sign of trouble, and one more in each round
 * after it; a failure halves what is allowed, and latency that has grown to more than twice the best of late takes a quarter of it. A
 * round counts once, however many of its requests fail together.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
import { WindowedMinimum } from "./windowed_minimum.ts";

const FIRST_LIMIT = 2;
const ON_FAILURE = 0.5;
const ON_GROWN_LATENCY = 0.75;
/** Latency below twice the best plus this is noise, in milliseconds. */
const LATENCY_TOLERANCE_MS = 20;

/** A place among the requests under way. */
export interface Place {
  /** When it was taken; monotonic. */
  sinceMs: number;
  /** True when it was the last one free: only then does its answer say something about the limit. */
  last: boolean;
  round: number;
}

/** Gives out places, and learns from what becomes of them. */
export class InFlightLimit {
  readonly #max: () => number;
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #bestLatency = new WindowedMinimum();
  #allowed = FIRST_LIMIT;
  #slowStart = true;
  #taken = 0;
  #waiting: (() => void)[] = [];
  #round = 0;

  /** `max` is asked each time, so that it can change. */
  constructor(max: () => number, clock: Pick<Clock, "monotonic">) {
    this.#max = max;
    this.#clock = clock;
  }

  /** Requests that may be under way at once now: from 1 to the maximum. */
  get current(): number {
    return Math.max(1, Math.min(Math.floor(this.#allowed), this.#max()));
  }

  /**
   * Takes a place; waits for one, first come first served, when there is none.
   *
   * @throws the signal's reason when aborted first
   */
  async take(signal: AbortSignal): Promise<Place> {
    signal.throwIfAborted();
    if (this.#waiting.length === 0 && this.#taken < this.current) this.#taken++;
    else await this.#wait(signal);
    return {
      sinceMs: this.#clock.monotonic(),
      // An answer that came while places were free says nothing about whether more would do.
      last: this.#taken >= this.current,
      round: this.#round,
    };
  }

  /** Gives a place back: the server answered, or it did not or asked for a pause (`failed`), or nothing was sent. */
  giveBack(place: Place, outcome: "answered" | "failed" | "unused"): void {
    this.#taken--;
    if (outcome === "failed") this.#lower(place, ON_FAILURE);
    else if (outcome === "answered" && place.last) this.#learn(place);
    this.#admit();
  }

  #learn(place: Place): void {
    const nowMs = this.#clock.monotonic();
    const latencyMs = nowMs - place.sinceMs;
    this.#bestLatency.add(latencyMs, nowMs);
    if (latencyMs > 2 * this.#bestLatency.value + LATENCY_TOLERANCE_MS) {
      this.#lower(place, ON_GROWN_LATENCY);
    } else {
      // A whole round of answers then adds one place in all, as in TCP's congestion avoidance.
      const more = this.#slowStart ? 1 : 1 / this.#allowed;
      this.#allowed = Math.min(this.#max(), this.#allowed + more);
    }
  }

  /** What was sent before the limit was last lowered says nothing about the limit of now. */
  #lower(place: Place, factor: number): void {
    // One overload fails many requests at once: it must halve the limit once, not for each of them.
    if (place.round !== this.#round) return;
    this.#round++;
    this.#slowStart = false;
    this.#allowed = Math.max(1, Math.min(this.#allowed, this.#max()) * factor);
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        // Left in the line, it would be given a place that nobody gives back.
        this.#waiting = this.#waiting.filter((other) => other !== admit);
        reject(signal.reason);
      };
      const admit = () => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiting.push(admit);
    });
  }

  #admit(): void {
    while (this.#waiting.length > 0 && this.#taken < this.current) {
      // Taken on behalf of who waits: it wakes in a later turn, and another must not be faster.
      this.#taken++;
      this.#waiting.shift()?.();
    }
  }
}
