/**
 * Whether something that flickers is so for good.
 *
 * @module
 */

/** Something that is looked at about once a second. */
export class Steady {
  readonly #settleMs: number;
  #sinceMs: number | undefined;
  #endedMs: number | undefined;
  #isSo = false;

  /** `settleMs`: how long it must have been so, or not so, at each look until that counts. */
  constructor(settleMs: number) {
    this.#settleMs = settleMs;
  }

  /** A look. Gives since when it is so, in milliseconds as `nowMs`; `undefined` while it does not count as so. */
  look(isSo: boolean, nowMs: number): number | undefined {
    if (isSo) this.#sinceMs ??= nowMs;
    this.#endedMs = isSo ? undefined : this.#endedMs ?? nowMs;
    if (isSo && nowMs - (this.#sinceMs ?? nowMs) >= this.#settleMs) this.#isSo = true;
    const isOver = this.#endedMs !== undefined && nowMs - this.#endedMs >= this.#settleMs;
    if (isOver || (!isSo && !this.#isSo)) this.#forget();
    return this.#isSo ? this.#sinceMs : undefined;
  }

  #forget(): void {
    this.#isSo = false;
    this.#sinceMs = undefined;
  }
}
