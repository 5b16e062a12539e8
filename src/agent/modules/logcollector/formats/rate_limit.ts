/**
 * How many lines of a location are taken in a second.
 *
 * @module
 */

/** What is done with lines beyond the rate. */
export type OverRate = "wait" | "sample" | "drop";

/** A bucket that holds what one second may bring. Times are monotonic. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #over: OverRate;
  readonly #sampleEvery: number;
  #left: number;
  #filledMs: number | undefined;
  #beyond = 0;

  /** @param perSecond lines; with `sample`, of those beyond every `sampleEvery`th is taken */
  constructor(
    perSecond: number,
    { over, sampleEvery }: { over: OverRate; sampleEvery: number },
  ) {
    this.#perSecond = perSecond;
    this.#over = over;
    this.#sampleEvery = sampleEvery;
    this.#left = perSecond;
  }

  /** True while nothing may be read because of the rate. */
  mustWait(nowMs: number): boolean {
    return this.#over === "wait" && this.#refill(nowMs) < 1;
  }

  /** Whether an event of so many lines is sent. One that has begun within the rate is, whole. */
  admits(lines: number, nowMs: number): boolean {
    const isWithin = this.#refill(nowMs) >= 1;
    if (isWithin || this.#over === "wait") {
      this.#left -= lines;
      return true;
    }
    if (this.#over === "drop") return false;
    this.#beyond++;
    return this.#beyond % this.#sampleEvery === 0;
  }

  #refill(nowMs: number): number {
    const seconds = (nowMs - (this.#filledMs ?? nowMs)) / 1000;
    this.#filledMs = nowMs;
    this.#left = Math.min(this.#perSecond, this.#left + seconds * this.#perSecond);
    return this.#left;
  }
}
