/**
 * How long to wait before the next try: exponential, with full jitter.
 *
 * @module
 */

/** What a {@linkcode Backoff} is built with. */
interface BackoffOptions {
  /** Longest first wait, in milliseconds. */
  baseMs: number;
  /**
   * Longest wait however many tries have failed, in milliseconds. A server may ask for a longer
   * one.
   */
  maxMs: number;
  /** A number in [0, 1). @default Math.random */
  random?: () => number;
}

/** Waits that grow with each failure in a row. */
export class Backoff {
  readonly #baseMs: number;
  readonly #maxMs: number;
  readonly #random: () => number;
  #windowMs: number;

  constructor({ baseMs, maxMs, random = Math.random }: BackoffOptions) {
    this.#baseMs = baseMs;
    this.#maxMs = maxMs;
    this.#random = random;
    this.#windowMs = Math.min(baseMs, maxMs);
  }

  /**
   * The next wait in milliseconds, and never less than the server asked for (`retryAfterMs`).
   *
   * On top of what the server asked for comes up to one `baseMs`: it says the same to every agent,
   * and they are not to come back in the same instant.
   */
  next(retryAfterMs = 0): number {
    const share = this.#random();
    const jittered = share * this.#windowMs;
    this.#windowMs = Math.min(this.#maxMs, this.#windowMs * 2);
    return Math.max(jittered, retryAfterMs + share * Math.min(this.#baseMs, retryAfterMs));
  }

  /** Starts again with short waits: something succeeded. */
  reset(): void {
    this.#windowMs = Math.min(this.#baseMs, this.#maxMs);
  }
}
