/**
 * Saying a thing once. Three kinds need it:
 *
 * - what repeats itself within minutes, whoever says it: every part logs each time, and the log itself sums up (`repetition.ts`);
 * - failures in a row with hours between them, of which only a new reason is news: {@linkcode FailureStreak};
 * - what is true for as long as the process runs: {@linkcode once}.
 *
 * @module
 */

/** Failures in a row: which of them are news, and how many there were. */
export class FailureStreak<Failure extends object> {
  readonly #isSame: (one: Failure, other: Failure) => boolean;
  #latest: Failure | undefined;
  #count = 0;

  /** @param isSame whether one failure says nothing that the other has not said */
  constructor(isSame: (one: Failure, other: Failure) => boolean) {
    this.#isSame = isSame;
  }

  /** The latest failure; `undefined` when all is well. */
  get latest(): Failure | undefined {
    return this.#latest;
  }

  /** Counts a failure. Returns whether it is news. */
  add(failure: Failure): boolean {
    const isNews = this.#latest === undefined || !this.#isSame(this.#latest, failure);
    this.#latest = failure;
    this.#count++;
    return isNews;
  }

  /** It went well again. Returns how many failures there were. */
  end(): number {
    const count = this.#count;
    this.#latest = undefined;
    this.#count = 0;
    return count;
  }
}

/** `action`, done at the first call only. */
export function once(action: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    action();
  };
}
