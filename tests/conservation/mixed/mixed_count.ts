/**
 * Counts which events of mixed logs have arrived, how often, and whether they are whole.
 *
 * @module
 */

import { RecordReader } from "../driver/record_reader.ts";
import { KINDS, originalOf, readOriginal } from "./mixed_log.ts";

/** One stream of a log. */
interface Source {
  expected: (number: number) => string;
  times: Map<number, number>;
}

/** The count by the manager's record. */
export class MixedCount {
  readonly #sources = new Map<string, Source>();
  readonly #record: RecordReader;
  #arrived = 0;
  #lines = 0;
  #wrong = 0;

  constructor(recordPath: string) {
    this.#record = new RecordReader(recordPath, (text) => this.#count(text));
    for (const kind of KINDS) {
      for (const stream of kind.streams) {
        const expected = (number: number) => originalOf(kind, stream, number);
        this.#sources.set(`${kind.name}/${stream}`, { expected, times: new Map() });
      }
    }
  }

  /** Reads what came since the last call; gives how many different events came so far. */
  update(): number {
    this.#record.update();
    return this.#arrived;
  }

  /** The count when `written` events of each stream were written; later ones do not count. */
  result(written: number): { lines: number; missing: number; doubled: number; wrong: number } {
    let [missing, doubled] = [0, 0];
    for (const { times } of this.#sources.values()) {
      for (let number = 0; number < written; number++) {
        const came = times.get(number) ?? 0;
        if (came === 0) missing++;
        else doubled += came - 1;
      }
    }
    return { lines: this.#lines, missing, doubled, wrong: this.#wrong };
  }

  #count(text: string): void {
    const read = readOriginal(text);
    const source = read && this.#sources.get(read.source);
    if (!read || source?.expected(read.number) !== text) {
      this.#wrong++;
      return;
    }
    const came = source.times.get(read.number) ?? 0;
    source.times.set(read.number, came + 1);
    this.#lines += text.split("\n").length;
    if (came === 0) this.#arrived++;
  }
}
