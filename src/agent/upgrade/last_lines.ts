/**
 * The last lines of a log.
 *
 * @module
 */

const MOST_LINES = 100;
/** Longer lines are cut, in characters. */
const LONGEST_LINE = 500;

/** Keeps the last 100 lines of what is written. */
export class LastLines {
  readonly #lines: string[] = [];
  #rest = "";

  /** Takes the next piece of the log, which may end within a line. */
  add(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = (lines.pop() ?? "").slice(0, LONGEST_LINE);
    this.#lines.push(...lines.map((line) => line.slice(0, LONGEST_LINE)));
    this.#lines.splice(0, this.#lines.length - MOST_LINES);
  }

  /** What is kept. */
  get lines(): string[] {
    return [...this.#lines, ...(this.#rest === "" ? [] : [this.#rest])].slice(-MOST_LINES);
  }
}
