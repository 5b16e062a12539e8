/**
 * How much of the time views may take, whoever asks for how many: beyond it they are refused for a moment, and agents go first.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
import { ApiError } from "../http/api_error.ts";

/** Of each second. */
const SHARE = 0.2;
/** What may be saved up, so that one long view, or some at once, are shown. */
const MOST_MS = 1_000;

/** Keeps account of the time that views took. */
export class RenderBudget {
  readonly #clock: Clock;
  #leftMs = MOST_MS;
  #atMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#atMs = clock.monotonic();
  }

  /**
   * Runs `render` on account.
   *
   * @throws ApiError 503 when too much was taken lately
   */
  async spend<T>(render: () => T | Promise<T>): Promise<T> {
    const beganMs = this.#clock.monotonic();
    this.#leftMs = Math.min(MOST_MS, this.#leftMs + (beganMs - this.#atMs) * SHARE);
    this.#atMs = beganMs;
    if (this.#leftMs <= 0) {
      throw new ApiError(503, "The manager has much to do: come again in a moment", {
        retryAfterS: Math.ceil((1 - this.#leftMs) / SHARE / 1_000),
      });
    }
    try {
      return await render();
    } finally {
      this.#leftMs -= this.#clock.monotonic() - beganMs;
    }
  }
}
