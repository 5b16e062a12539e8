/**
 * What the deliveries of a stream wait for: requests under way, and pauses.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";

/** A request that has not been answered. */
interface OpenRequest {
  what: string;
  /** Monotonic. */
  sinceMs: number;
}

/** Keeps count of waits, and of those that are over. */
export class OpenWaits {
  readonly #clock: Clock;
  /** Oldest first. */
  readonly #requests = new Set<OpenRequest>();
  readonly #pauses = new Set<{ untilMs: number }>();
  #over = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Waits that are over: rises with every answer, and with every pause. */
  get over(): number {
    return this.#over;
  }

  /** The request that has been under way for longest, and for how long in milliseconds. */
  get oldestRequest(): { what: string; ageMs: number } | undefined {
    const [oldest] = this.#requests;
    return oldest && { what: oldest.what, ageMs: this.#clock.monotonic() - oldest.sinceMs };
  }

  /** Milliseconds until the last pause ends; `undefined` when there is none. */
  get pauseMs(): number | undefined {
    if (this.#pauses.size === 0) return undefined;
    return Math.max(...Array.from(this.#pauses, ({ untilMs }) => untilMs)) -
      this.#clock.monotonic();
  }

  /** Has a request counted while it is under way. */
  async request<T>(what: string, send: () => Promise<T>): Promise<T> {
    const request = { what, sinceMs: this.#clock.monotonic() };
    this.#requests.add(request);
    try {
      return await send();
    } finally {
      this.#requests.delete(request);
      this.#over++;
    }
  }

  /**
   * Waits for a time.
   *
   * @throws the signal's reason when aborted first
   */
  async pause(durationMs: number, signal: AbortSignal): Promise<void> {
    const pause = { untilMs: this.#clock.monotonic() + durationMs };
    this.#pauses.add(pause);
    try {
      await this.#clock.sleep(durationMs, signal);
    } finally {
      this.#pauses.delete(pause);
      this.#over++;
    }
  }
}
