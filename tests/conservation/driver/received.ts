/**
 * Counts what the manager has stored, by its record file: which line came how often.
 *
 * @module
 */

import { readNumberedLine } from "./numbered_line.ts";
import { RecordReader } from "./record_reader.ts";

const MOST_TIMES = 255;

/** How the lines of one program came. */
export interface SourceCount {
  /** Different lines that came. */
  received: number;
  /** Times that a line came although it had come. */
  doubled: number;
  /** Numbers of those that did not come, of the lines 1 to `written`. */
  missing: number[];
}

/** Reads a growing record file. */
export class Received {
  readonly #record: RecordReader;
  readonly #newest = new Map<string, number>();
  readonly #times = new Map<string, Uint8Array>();
  #foreign = 0;

  constructor(recordPath: string) {
    this.#record = new RecordReader(recordPath, (text) => this.#count(text));
  }

  /** Events of the followed files that are none of the lines written, or not whole. */
  get foreign(): number {
    return this.#foreign;
  }

  /** Reads what was recorded since the last call. */
  update(): void {
    this.#record.update();
  }

  /** The highest number of a line of the program that came; 0 for none. */
  newest(source: string): number {
    return this.#newest.get(source) ?? 0;
  }

  /** The count of one program that wrote the lines 1 to `written`. */
  of(source: string, written: number): SourceCount {
    const times = this.#times.get(source) ?? new Uint8Array(0);
    const missing: number[] = [];
    let doubled = 0;
    for (let number = 1; number <= written; number++) {
      const came = times[number] ?? 0;
      if (came === 0) missing.push(number);
      else doubled += came - 1;
    }
    return { received: written - missing.length, doubled, missing };
  }

  #count(text: string): void {
    const line = readNumberedLine(text);
    if (line === undefined) this.#foreign++;
    else {
      const times = this.#roomFor(line.source, line.number);
      this.#newest.set(line.source, Math.max(line.number, this.newest(line.source)));
      times[line.number] = Math.min(MOST_TIMES, (times[line.number] ?? 0) + 1);
    }
  }

  #roomFor(source: string, number: number): Uint8Array {
    const old = this.#times.get(source) ?? new Uint8Array(0);
    if (number < old.length) return old;
    const grown = new Uint8Array(Math.max(1024, 2 * number));
    grown.set(old);
    this.#times.set(source, grown);
    return grown;
  }
}
