/**
 * Which entries were read before.
 *
 * @module
 */

import { type Position, wasRead } from "./position.ts";

const SEQUENCE = { start: 2, end: 34 } as const;

/**
 * Knows what came before a position. Within a sequence numbers rise: once one of it is new all later ones are, and it need not be
 * looked at any more.
 */
export class Repeats {
  readonly #position: Position | undefined;
  readonly #undecided: Set<string>;

  /** @param position nothing was read before when left out */
  constructor(position: Position | undefined) {
    this.#position = position;
    this.#undecided = new Set(Object.keys(position?.sequences ?? {}));
  }

  /** Whether the entry of this cursor was read before. */
  isOne(cursor: string): boolean {
    if (this.#undecided.size === 0 || this.#position === undefined) return false;
    const sequence = cursor.slice(SEQUENCE.start, SEQUENCE.end);
    if (!this.#undecided.has(sequence)) return false;
    if (wasRead(cursor, this.#position)) return true;
    this.#undecided.delete(sequence);
    return false;
  }
}
