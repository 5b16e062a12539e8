/**
 * What a collector that works in rounds tells of its progress.
 *
 * @module
 */

import type { Progress } from "../../shared/protocol/part_status.ts";

/** Beats with every round. */
export class Pulse {
  #rounds = 0;
  #waitsFor: string | undefined;

  /** A round begins. */
  beat(): void {
    this.#rounds++;
  }

  /** Waits for something that may take as long as it takes, such as `the next look`. */
  async during<T>(waitsFor: string, wait: Promise<T>): Promise<T> {
    this.#waitsFor = waitsFor;
    try {
      return await wait;
    } finally {
      this.#waitsFor = undefined;
    }
  }

  /** See `Collector.progress`. */
  progress(): Progress {
    const waitsFor = this.#waitsFor;
    return {
      mark: String(this.#rounds),
      waitsFor: waitsFor ?? "the end of a round",
      mayWait: waitsFor !== undefined,
    };
  }
}
