/**
 * Which subjects this node shares with others: an agent that goes to one node and then to the next has each of them lose the first
 * compare-and-set, and read the newest message anew.
 *
 * @module
 */

import type { Clock } from "../../../shared/clock.ts";

const LOST_IN_A_ROW = 2;
/** Then it is tried again whether others still come in between. */
const FORGET_AFTER_MS = 30_000;
const MOST_SUBJECTS = 10_000;

interface Losses {
  inARow: number;
  atMs: number;
}

/** Remembers where others were first. */
export class Wandering {
  readonly #clock: Clock;
  readonly #losses = new Map<string, Losses>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether others have come in between the last times. */
  isShared(subject: string): boolean {
    const losses = this.#losses.get(subject);
    if (losses === undefined || losses.inARow < LOST_IN_A_ROW) return false;
    return this.#clock.monotonic() - losses.atMs < FORGET_AFTER_MS;
  }

  /** A batch was stored here. @param contested whether another node was first at the first try */
  stored(subject: string, contested: boolean): void {
    const { inARow = 0 } = this.#losses.get(subject) ?? {};
    this.#losses.delete(subject);
    if (!contested) return;
    this.#losses.set(subject, { inARow: inARow + 1, atMs: this.#clock.monotonic() });
    const [oldest] = this.#losses.keys();
    if (this.#losses.size > MOST_SUBJECTS && oldest !== undefined) this.#losses.delete(oldest);
  }
}
