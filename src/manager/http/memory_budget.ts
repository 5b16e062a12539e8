/**
 * How many bytes of request bodies may be in memory at a time. Requests are many and bodies are large: without a common bound a
 * few hundred of either kind are gigabytes, however small the bound for one of them.
 *
 * @module
 */

import { ApiError } from "./api_error.ts";

const RETRY_AFTER_S = 2;
/** More than these are sent away: their small bodies wait in memory as well. */
const MAX_WAITING = 1_000;

interface Waiting {
  bytes: number;
  begin(): void;
}

/** A number of bytes that is shared. */
export class MemoryBudget {
  readonly #maxBytes: number;
  readonly #waiting: Waiting[] = [];
  #usedBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes that are taken now. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /**
   * Takes `bytes` at once.
   *
   * @throws ApiError 503 with `Retry-After` when they are not free
   */
  take(bytes: number): void {
    if (this.#usedBytes + bytes > this.#maxBytes) throw busy();
    this.#usedBytes += bytes;
  }

  /** Gives `bytes` back that were taken. */
  release(bytes: number): void {
    this.#usedBytes -= bytes;
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      if (!this.#fits(first.bytes)) return;
      this.#waiting.shift();
      this.#usedBytes += first.bytes;
      first.begin();
    }
  }

  /**
   * Does `work` once `bytes` are free, in the order of the calls. More than there ever are wait until nothing else is taken.
   *
   * @throws ApiError 503 with `Retry-After` when too many wait already
   */
  async with<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    if (this.#waiting.length > 0 || !this.#fits(bytes)) await this.#wait(bytes);
    else this.#usedBytes += bytes;
    try {
      return await work();
    } finally {
      this.release(bytes);
    }
  }

  #fits(bytes: number): boolean {
    return this.#usedBytes === 0 || this.#usedBytes + bytes <= this.#maxBytes;
  }

  #wait(bytes: number): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING) throw busy();
    return new Promise((begin) => this.#waiting.push({ bytes, begin }));
  }
}

function busy(): ApiError {
  return new ApiError(503, "Too many requests at a time, come again later", {
    retryAfterS: RETRY_AFTER_S,
  });
}
