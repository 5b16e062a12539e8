/**
 * What is news: a change that people are told of.
 *
 * Until everything has been seen once nothing is. When the watched folders changed since, what only the new ones cover was there before, and
 * what only the old ones covered has not gone.
 *
 * @module
 */

import type { PathRules } from "../rules/path_rules.ts";

/** What everything was seen under last. */
export interface Baseline {
  /** The watched folders as they were configured. */
  configured: string;
  /** What that came to then. */
  rules: PathRules;
}

/** Decides by what was seen last and what is watched now. */
export class News {
  readonly #baseline: Baseline | undefined;
  readonly #now: Baseline;

  constructor(baseline: Baseline | undefined, now: Baseline) {
    this.#baseline = baseline;
    this.#now = now;
  }

  /** Whether people are told. */
  is(operation: "create" | "update" | "delete", path: string): boolean {
    if (this.#baseline === undefined) return false;
    // Folders that a glob found or lost are changes of the machine.
    if (this.#baseline.configured === this.#now.configured || operation === "update") return true;
    return (operation === "create" ? this.#baseline : this.#now).rules.covers(path);
  }
}
