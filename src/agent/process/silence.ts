/**
 * How long a child has said nothing.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";

/** What a {@linkcode Silence} is made with. */
interface SilenceOptions {
  clock: Pick<Clock, "sleep">;
  /** So long a child may say nothing, in milliseconds. */
  limitMs: number;
  onTooLong: () => void;
  /** Whether the child is made to rest at the moment, and cannot say anything. @default it never is */
  isResting?: () => boolean;
}

/** Listens to a child, and tells when it has said nothing for too long. */
export class Silence {
  readonly #options: SilenceOptions;
  #isTooLong = false;

  constructor(options: SilenceOptions) {
    this.#options = options;
  }

  /** True once it was. */
  get isTooLong(): boolean {
    return this.#isTooLong;
  }

  /** Gives what comes. While whoever takes it is busy the child has to wait, which is no silence. */
  async *listen(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
    const reader = stream.getReader();
    try {
      for (;;) {
        const value = await this.#hear(reader);
        if (value === undefined) return;
        yield value;
      }
    } finally {
      // A child that still writes ends by that: nobody reads any more.
      await reader.cancel();
    }
  }

  async #hear(
    reader: ReadableStreamDefaultReader<Uint8Array>,
  ): Promise<Uint8Array | undefined> {
    const heard = new AbortController();
    this.#wait(heard.signal).catch(() => {});
    try {
      return (await reader.read()).value;
    } finally {
      heard.abort();
    }
  }

  /** Rejects when something was heard. */
  async #wait(heard: AbortSignal): Promise<void> {
    const { clock, limitMs, onTooLong, isResting = () => false } = this.#options;
    do await clock.sleep(limitMs, heard); while (isResting());
    this.#isTooLong = true;
    onTooLong();
  }
}
