/** Runs work one after the other for each key, and side by side for different keys. */
export class SerialQueues {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs `work` once all that came before it for `key` has ended. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    }
  }
}
