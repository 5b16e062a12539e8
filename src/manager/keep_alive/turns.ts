/**
 * Tells two that take turns from one that changes.
 *
 * What changes once (a restart, a new address by DHCP, another way through a NAT) leaves a value and does not come back to it. What
 * two machines say by turns comes back to what was left, again and again. So only returns count, and only many within a time.
 *
 * @module
 */

/** When returns are many. */
export interface TurnsRule {
  /** So many returns… */
  returns: number;
  /** …within so many milliseconds. */
  windowMs: number;
}

/** So many values that were left are remembered. */
const MOST_LEFT = 2;

/** Counts returns to a value that was left. */
export class Turns {
  readonly #rule: TurnsRule;
  #left: string[] = [];
  #returnsAtMs: number[] = [];

  constructor(rule: TurnsRule) {
    this.#rule = rule;
  }

  /** `left` has given way to `to`. Returns whether that was left before. */
  changed({ left, to }: { left: string; to: string }, nowMs: number): boolean {
    const isReturn = this.#left.includes(to);
    this.#left = [...this.#left.filter((one) => one !== left), left].slice(-MOST_LEFT);
    if (isReturn) this.add(nowMs);
    return isReturn;
  }

  /** Counts a return that was seen in another way. */
  add(nowMs: number): void {
    this.#returnsAtMs = [...this.#returnsAtMs, nowMs].slice(-this.#rule.returns);
  }

  /** Whether there were enough of them. */
  areMany(nowMs: number): boolean {
    const { returns, windowMs } = this.#rule;
    const [first = -Infinity] = this.#returnsAtMs;
    return this.#returnsAtMs.length === returns && nowMs - first <= windowMs;
  }
}
