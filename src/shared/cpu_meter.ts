/**
 * How much CPU time a part of this program takes, in a process that does many things in turn: it is measured in slices, from where
 * that part begins to work to where it waits.
 *
 * What is counted is the time of the whole process during a slice: also what the engine does beside it, such as collecting garbage.
 *
 * @module
 */

import process from "node:process";

const US_PER_MS = 1_000;

/** Adds slices up. */
export class CpuMeter {
  #totalUs = 0;
  /** Where the slice under way began. */
  #sinceUs: number | undefined;

  /** Whole milliseconds so far. */
  get ms(): number {
    return Math.round(this.#totalUs / US_PER_MS);
  }

  /** Measures work that never waits. */
  slice<T>(work: () => T): T {
    if (this.#sinceUs !== undefined) return work();
    this.#begin();
    try {
      return work();
    } finally {
      this.#end();
    }
  }

  /** Measures work that waits now and then; what it waits for it hands to {@linkcode pause}. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    if (this.#sinceUs !== undefined) return await work();
    this.#begin();
    try {
      return await work();
    } finally {
      this.#end();
    }
  }

  /** Waits: what happens meanwhile is not counted. */
  async pause<T>(wait: Promise<T>): Promise<T> {
    if (this.#sinceUs === undefined) return await wait;
    this.#end();
    try {
      return await wait;
    } finally {
      this.#begin();
    }
  }

  #begin(): void {
    this.#sinceUs ??= usedUs();
  }

  #end(): void {
    if (this.#sinceUs !== undefined) this.#totalUs += usedUs() - this.#sinceUs;
    this.#sinceUs = undefined;
  }
}

function usedUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
