/**
 * How soon a poll may follow one that brought nothing new, or many that brought something.
 *
 * @module
 */

/** A poll that was held for so long was worth its request, in milliseconds. */
export const HELD_MS = 1_000;

/** What the pace depends on. */
interface EndedPoll {
  heldMs: number;
  /** Whether it brought a command that was not known. */
  fresh: boolean;
  /** How many members its list had. */
  members: number;
  nowMs: number;
}

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5_000;

/** So many polls in a row may bring something new without a wait; then one in this time, in milliseconds. */
const BURST = 100;
const REFILL_MS = 200;
/** What a list takes to work through counts, too: a wait for each member beyond a few, in milliseconds. */
const MEMBER_MS = 1;
const FREE_MEMBERS = 100;

/** Waits that grow while polls bring nothing new: one at once, a few in a second, then one in some seconds. */
export class PollPace {
  #useless = 0;
  /** Polls that may follow at once still. */
  #credit = BURST;
  #creditedMs: number | undefined;

  /** True when polls have just become useless. */
  get justSlowed(): boolean {
    return this.#useless === 5;
  }

  /** A poll ended at `nowMs` (monotonic) with so many members; the wait before the next one, in milliseconds. */
  next({ heldMs, fresh, members, nowMs }: EndedPoll): number {
    this.#useless = fresh || heldMs >= HELD_MS ? 0 : this.#useless + 1;
    const busyMs = Math.max(this.#overdraftMs(nowMs), (members - FREE_MEMBERS) * MEMBER_MS);
    const idleMs = this.#useless <= 1 ? 0 : FIRST_WAIT_MS * 2 ** (this.#useless - 2);
    return Math.min(LONGEST_WAIT_MS, Math.max(busyMs, idleMs));
  }

  #overdraftMs(nowMs: number): number {
    const earned = (nowMs - (this.#creditedMs ?? nowMs)) / REFILL_MS;
    this.#creditedMs = nowMs;
    this.#credit = Math.min(BURST, this.#credit + earned) - 1;
    return this.#credit >= 0 ? 0 : -this.#credit * REFILL_MS;
  }
}
