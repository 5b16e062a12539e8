/**
 * Counts answers by route and status, since the start of the process.
 *
 * @module
 */

import type { RouteName } from "./routes.ts";

/**
 * Counts by route (`other` for what is no route), then by HTTP status (`cut` for connections cut on
 * purpose).
 */
export type RequestCounts = Record<string, Record<string, number>>;

/** Its size is bounded: routes and statuses are few. */
export class RequestCounter {
  readonly #counts: RequestCounts = {};

  /** Counts one answer. */
  add(route: RouteName | undefined, status: number | "cut"): void {
    const ofRoute = this.#counts[route ?? "other"] ??= {};
    ofRoute[status] = (ofRoute[status] ?? 0) + 1;
  }

  /** The counts so far; a copy. */
  snapshot(): RequestCounts {
    return structuredClone(this.#counts);
  }
}
