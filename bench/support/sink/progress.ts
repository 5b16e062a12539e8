/**
 * When how many lines had come: what the sink is asked for.
 *
 * @module
 */

import type { Counter } from "./counter.ts";
import type { LineTally, Tally } from "./line_tally.ts";

/** Answer of the sink: what it has counted, and the time on its own monotonic clock, in ms. */
export interface Report extends Tally {
  /** When the first block was there, after the last report of {@linkcode Progress.tally}. */
  first_ms: number | null;
  /** When the latest line came. */
  last_ms: number | null;
}

interface Waiter {
  lines: number;
  resolve: (report: Report) => void;
}

/** Counts blocks as they come and wakes who waits for a number of lines. */
export class Progress implements Counter {
  readonly #lines: LineTally;
  readonly #now: () => number;
  #firstMs: number | null = null;
  #lastMs: number | null = null;
  #waiters: Waiter[] = [];

  /** `now` is a monotonic clock in milliseconds. */
  constructor(lines: LineTally, now: () => number) {
    this.#lines = lines;
    this.#now = now;
  }

  /** Counts a block, `newBytes` of which were not seen before; gives where it must be seen again. */
  take(bytes: Uint8Array, newBytes = bytes.length): number {
    const before = this.#lines.tally.lines;
    this.#firstMs ??= this.#now();
    const seenTo = this.#lines.take(bytes);
    this.#lines.addBytes(newBytes);
    if (this.#lines.tally.lines > before) this.#lastMs = this.#now();
    this.#wake();
    return seenTo;
  }

  /** What has been counted until now. */
  report(): Report {
    return { ...this.#lines.tally, first_ms: this.#firstMs, last_ms: this.#lastMs };
  }

  /** Resolves once `lines` different lines have come; the next block begins a new measurement. */
  tally(lines: number): Promise<Report> {
    return new Promise((resolve) => {
      this.#waiters.push({ lines, resolve });
      this.#wake();
    });
  }

  #wake(): void {
    const { lines } = this.#lines.tally;
    const due = this.#waiters.filter((waiter) => waiter.lines <= lines);
    if (due.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => waiter.lines > lines);
    const report = this.report();
    this.#firstMs = null;
    for (const { resolve } of due) resolve(report);
  }
}
