/**
 * Writes numbered lines to a log file, as a busy program would.
 *
 * @module
 */

const TICK_MS = 50;

/** Appends lines until its signal is aborted. */
export class LogWriter {
  readonly path: string;
  readonly #linesPerTick: number;
  #written = 0;

  constructor(path: string, linesPerSecond: number) {
    this.path = path;
    this.#linesPerTick = Math.max(1, Math.round(linesPerSecond * TICK_MS / 1000));
    Deno.writeTextFileSync(path, "");
  }

  /** Lines written so far; line N holds the text `line N`. */
  get written(): number {
    return this.#written;
  }

  /** Writes until the signal is aborted, then resolves. */
  async run(signal: AbortSignal): Promise<void> {
    using file = await Deno.open(this.path, { append: true });
    while (!signal.aborted) {
      let text = "";
      for (let line = 0; line < this.#linesPerTick; line++) {
        text += `${new Date().toISOString()} demo app[1]: line ${++this.#written}\n`;
      }
      file.writeSync(new TextEncoder().encode(text));
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
  }
}
