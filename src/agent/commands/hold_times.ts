/**
 * How long this server holds a poll, learnt from its answers.
 *
 * @module
 */

/** Answers remembered: a server that changes its mind is followed. */
const REMEMBERED = 8;
/** Held for longer than this while nothing is known of a server, in milliseconds: what it is asked for, 120 s, and some time for the answer. */
const UNKNOWN_STALE_MS = 150_000;
/** On top of half as much again as the server ever held, in milliseconds. */
const TOLERANCE_MS = 5_000;

/** Tells when a poll is older than any that this server answered: its connection may have died silently. */
export class HoldTimes {
  #heldMs: number[] = [];

  /** An answer came after so many milliseconds. */
  learn(heldMs: number): void {
    this.#heldMs = [...this.#heldMs, heldMs].slice(-REMEMBERED);
  }

  /** Age in milliseconds from which a poll may be dead. */
  get staleAfterMs(): number {
    if (this.#heldMs.length === 0) return UNKNOWN_STALE_MS;
    const longest = Math.max(...this.#heldMs) * 1.5 + TOLERANCE_MS;
    // Answers that came early, with commands, tell little of how long the server would have waited.
    return this.#heldMs.length < REMEMBERED ? Math.max(longest, UNKNOWN_STALE_MS / 4) : longest;
  }
}
