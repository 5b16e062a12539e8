/**
 * How large a batch may be that the server takes.
 *
 * @module
 */

/** So many batches must be taken in a row until larger ones are tried. */
const TAKEN_BEFORE_GROWTH = 100;

/** Beyond this a server that took all before is not asked any more. */
const LARGEST_BEGINNING = 16 * 1024 * 1024;

/** How a {@linkcode BatchSizeLimit} begins. */
interface BatchSizeOptions {
  /** Bytes of the first batch; each that is taken and has at least half of what it may have doubles it. @default no limit */
  beginsAt?: number;
}

/**
 * Learns from 413: half of what was refused, and after a hundred batches that were taken twice as much again. A refusal may have been
 * a proxy's whim, and small batches for ever would be dear; one that is refused again costs one request in a hundred.
 *
 * Some servers split a stateful request wherever the network did and refuse what was cut, so such batches begin small, grow as they are
 * taken, and are smaller again after a refusal.
 */
export class BatchSizeLimit {
  readonly #beginsAt: number;
  #bytes: number;
  #taken = 0;
  /** Grows with each batch, not with a hundred. */
  #isBeginning: boolean;

  constructor({ beginsAt = Infinity }: BatchSizeOptions = {}) {
    this.#beginsAt = beginsAt;
    this.#bytes = beginsAt;
    this.#isBeginning = beginsAt !== Infinity;
  }

  /** Largest batch to make, in bytes; `Infinity` while nothing is known. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A batch of so many bytes was too large. */
  tooLarge(bytes: number): void {
    // Never larger than before: a refusal of a batch that was made earlier may come late.
    this.#bytes = Math.max(1, Math.min(this.#bytes, Math.floor(bytes / 2)));
    this.#taken = 0;
    this.#isBeginning = false;
  }

  /** A batch of so many bytes was refused, perhaps for its size: the next ones are smaller, and grow again as they are taken. */
  suspect(bytes: number): void {
    if (this.#beginsAt === Infinity) return;
    const smaller = Math.max(this.#beginsAt, Math.floor(bytes / 2));
    if (smaller >= this.#bytes) return;
    this.#bytes = smaller;
    this.#isBeginning = true;
  }

  /** What was found too large was refused for another reason: nothing is known. */
  forget(): void {
    this.#bytes = this.#beginsAt;
    this.#taken = 0;
    this.#isBeginning = this.#beginsAt !== Infinity;
  }

  /** A batch of so many bytes was taken. */
  accepted(bytes: number): void {
    if (this.#isBeginning) return this.#begin(bytes);
    if (this.#bytes === Infinity || ++this.#taken < TAKEN_BEFORE_GROWTH) return;
    this.#taken = 0;
    this.#bytes *= 2;
  }

  /** Small batches say nothing of larger ones. */
  #begin(bytes: number): void {
    if (bytes < this.#bytes / 2) return;
    this.#bytes *= 2;
    if (this.#bytes <= LARGEST_BEGINNING) return;
    this.#bytes = Infinity;
    this.#isBeginning = false;
  }
}
