/**
 * How long a server is asked to hold a poll (`Prefer: wait`, RFC 7240).
 *
 * A proxy that ends what is silent for too long cuts a poll before the server answers it, and a command may get lost with the cut. So
 * the time is learnt: polls that are cut early, twice in a row, have it shortened below what the shorter of them reached; polls that are
 * held to their end let it grow again, up to what was cut, and, after many of them, beyond: the proxy may be another by now.
 *
 * @module
 */

/** Bounds of what is learnt, in milliseconds; the longest is below the idle limits of common firewalls. */
const SHORTEST_MS = 5_000;
const LONGEST_MS = 120_000;
/** Of what a cut poll reached, and by what the time grows. */
const BELOW_CUT = 0.8;
const GROWTH = 1.25;
/** So many polls held to their end in a row, and what was cut once is tried again; twice as many each time it is cut again. */
const TRUSTED_AFTER = { first: 20, most: 640 };

/** Learns it, unless it is given. */
export class PollWait {
  readonly #fixedMs: number | undefined;
  #waitMs = LONGEST_MS;
  #ceilingMs = LONGEST_MS;
  /** How long the poll before was held when it was cut. */
  #lastCutMs: number | undefined;
  #held = 0;
  #trustedAfter = TRUSTED_AFTER.first / 2;

  /** @param fixedMs the time that is asked for always, in milliseconds; `undefined`: it is learnt */
  constructor(fixedMs?: number) {
    this.#fixedMs = fixedMs;
  }

  /** In milliseconds, a whole number of seconds. */
  get askedMs(): number {
    return Math.max(1, Math.floor(Math.round(this.#fixedMs ?? this.#waitMs) / 1_000)) * 1_000;
  }

  /** A poll was cut after so long, before its time. */
  cut(heldMs: number): void {
    const before = this.#lastCutMs;
    this.#lastCutMs = heldMs;
    this.#held = 0;
    // A single one may be a server that was restarted.
    if (before === undefined) return;
    this.#ceilingMs = Math.max(SHORTEST_MS, Math.min(before, heldMs) * BELOW_CUT);
    this.#waitMs = Math.min(this.#waitMs, this.#ceilingMs);
    this.#lastCutMs = undefined;
    this.#trustedAfter = Math.min(TRUSTED_AFTER.most, this.#trustedAfter * 2);
  }

  /** A poll was answered after so long. */
  answered(heldMs: number): void {
    this.#lastCutMs = undefined;
    // One that brought commands early tells nothing of the proxy.
    if (heldMs < this.askedMs * BELOW_CUT) return;
    this.#held++;
    if (this.#held % this.#trustedAfter === 0) {
      this.#ceilingMs = Math.min(LONGEST_MS, this.#ceilingMs * GROWTH);
    }
    this.#waitMs = Math.min(this.#ceilingMs, this.#waitMs * GROWTH);
  }
}
