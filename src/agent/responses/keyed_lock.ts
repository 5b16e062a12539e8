/**
 * One at a time for each key.
 *
 * @module
 */

/** Lets in one after the other, in the order in which they came. */
export class KeyedLock {
  readonly #held = new Map<string, Promise<void>>();

  /** Whether somebody is at it. */
  isHeld(key: string): boolean {
    return this.#held.has(key);
  }

  /** Runs `work` when everybody before has done. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#held.get(key);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held.set(key, promise);
    await before;
    try {
      return await work();
    } finally {
      if (this.#held.get(key) === promise) this.#held.delete(key);
      resolve();
    }
  }
}
