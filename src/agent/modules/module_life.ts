/** A module from one start to its end. */
export class ModuleLife {
  readonly stop = new AbortController();
  readonly #givenUp = Promise.withResolvers<void>();
  #wasGivenUp = false;
  #ended: Promise<void> = this.#givenUp.promise;

  /** Resolves once it has ended, also when it is given up. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** Nobody waits for it any more, and whatever it still does counts for nothing. */
  get wasGivenUp(): boolean {
    return this.#wasGivenUp;
  }

  /** It lasts as long as `work`, which never rejects; `onEnd` is called at its end. */
  begin(work: Promise<void>, onEnd: () => void): void {
    this.#ended = Promise.race([work, this.#givenUp.promise]).finally(onEnd);
  }

  /** Ends it though its work goes on. */
  giveUp(): void {
    this.#wasGivenUp = true;
    this.#givenUp.resolve();
  }
}
