/**
 * How often an endpoint that refuses new tokens too may cause another log-in.
 *
 * @module
 */

import type { Clock } from "../../../shared/clock.ts";
import { Backoff } from "./backoff.ts";

/** First and longest time without a log-in after a new token was refused, in milliseconds. */
const PAUSE = { baseMs: 1_000, maxMs: 60_000 };

/** What one endpoint makes of tokens. */
interface Endpoint {
  backoff: Backoff;
  /** Monotonic. Until then no log-in for its sake. */
  notBeforeMs: number;
  /** The new token that it refused last. */
  refused: string | undefined;
}

/** Each endpoint by itself: one that refuses every token must not cost the others theirs. */
export class RenewalPace {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #endpoints = new Map<string, Endpoint>();

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /** Whether a refusal of a token may cause a log-in now. */
  mayRenew(name: string): boolean {
    return this.#clock.monotonic() >= (this.#endpoints.get(name)?.notBeforeMs ?? -Infinity);
  }

  /** A token that had just been renewed was refused, too. */
  refused(name: string, token: string): void {
    const endpoint = this.#endpoints.get(name) ??
      { backoff: new Backoff(PAUSE), notBeforeMs: -Infinity, refused: undefined };
    this.#endpoints.set(name, endpoint);
    // Requests that fail together say one thing together.
    if (endpoint.refused === token) return;
    endpoint.refused = token;
    endpoint.notBeforeMs = this.#clock.monotonic() + endpoint.backoff.next();
  }

  /** A token was accepted. */
  accepted(name: string): void {
    this.#endpoints.delete(name);
  }
}
