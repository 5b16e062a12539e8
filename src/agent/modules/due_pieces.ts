/**
 * Pieces of a stream, or that it is time for something else while none comes.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";

/** Reads one piece at a time. */
export class DuePieces {
  readonly #stream: { read(): Promise<Uint8Array | undefined> };
  readonly #clock: Pick<Clock, "monotonic" | "sleep">;
  /** Asked for, and not come while something else was due. */
  #pending: Promise<Uint8Array | undefined> | undefined;

  constructor(
    stream: { read(): Promise<Uint8Array | undefined> },
    clock: Pick<Clock, "monotonic" | "sleep">,
  ) {
    this.#stream = stream;
    this.#clock = clock;
  }

  /**
   * The next piece; `undefined` at the end of the stream.
   *
   * @param dueAtMs when something else is due, by the monotonic clock; never when left out
   */
  async next(dueAtMs?: number): Promise<Uint8Array | "due" | undefined> {
    const pending = this.#pending ??= this.#stream.read();
    const come = new AbortController();
    const waits: Promise<Uint8Array | "due" | undefined>[] = [pending];
    if (dueAtMs !== undefined) waits.push(this.#whenDue(dueAtMs, come.signal));
    try {
      const next = await Promise.race(waits);
      if (next !== "due") this.#pending = undefined;
      return next;
    } finally {
      come.abort();
    }
  }

  /** Never resolves once the piece has come. */
  async #whenDue(dueAtMs: number, come: AbortSignal): Promise<"due"> {
    const leftMs = Math.max(0, dueAtMs - this.#clock.monotonic());
    await this.#clock.sleep(leftMs, come).catch(() => new Promise(() => {}));
    return "due";
  }
}
