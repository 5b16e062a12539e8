/**
 * How often what is known already is answered again: a server that sends the same commands in each answer would get a flood of
 * results, and they take room in a queue that must not refuse them.
 *
 * @module
 */

/** A repeated command is answered no more often than this, in milliseconds. */
const WINDOW_MS = 60_000;
/** Most results told again within that time, and most bytes of them. */
const MOST = { results: 1_000, bytes: 16 * 1024 * 1024 };

/** Allows results to be told again; one allowance serves one journal. */
export class RepeatAllowance {
  /** When a command was last answered again, by document id, the oldest first. */
  readonly #answeredMs = new Map<string, number>();
  #windowStartMs = -Infinity;
  #results = 0;
  #bytes = 0;

  /** True when the result of `documentId`, which takes `bytes`, may be told again at `nowMs` (monotonic); it counts then. */
  take(documentId: string, bytes: number, nowMs: number): boolean {
    this.#forgetOld(nowMs);
    // A server that offers the same again and again reads no answers.
    if (this.#answeredMs.has(documentId)) return false;
    if (this.#results >= MOST.results || this.#bytes + bytes > MOST.bytes) return false;
    this.#answeredMs.set(documentId, nowMs);
    this.#results++;
    this.#bytes += bytes;
    return true;
  }

  #forgetOld(nowMs: number): void {
    for (const [id, atMs] of this.#answeredMs) {
      // They stand in the order of their times: the first young one ends the old.
      if (nowMs - atMs < WINDOW_MS) break;
      this.#answeredMs.delete(id);
    }
    if (nowMs - this.#windowStartMs < WINDOW_MS) return;
    this.#windowStartMs = nowMs;
    this.#results = 0;
    this.#bytes = 0;
  }
}
