/**
 * How large a batch may be that the server takes.
 *
 * @module
 */

/** So many batches must be taken in a row until larger ones are tried. */
const TAKEN_BEFORE_GROWTH = 100;

/**
 * Learns from 413: half of what was refused, and after a hundred batches that were taken twice as much again. A refusal may have been
 * a proxy's whim, and small batches for ever would be dear; one that is refused again costs one request in a hundred.
 */
export class BatchSizeLimit {
  #bytes = Infinity;
  #taken = 0;

  /** Largest batch to make, in bytes; `Infinity` while nothing is known. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A batch of so many bytes was too large. */
  tooLarge(bytes: number): void {
    // Never larger than before: a refusal of a batch that was made earlier may come late.
    this.#bytes = Math.max(1, Math.min(this.#bytes, Math.floor(bytes / 2)));
    this.#taken = 0;
  }

  /** What was found too large was refused for another reason: nothing is known. */
  forget(): void {
    this.#bytes = Infinity;
    this.#taken = 0;
  }

  /** A batch was taken. */
  accepted(): void {
    if (this.#bytes === Infinity || ++this.#taken < TAKEN_BEFORE_GROWTH) return;
    this.#taken = 0;
    this.#bytes *= 2;
  }
}
