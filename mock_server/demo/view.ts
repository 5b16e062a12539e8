/**
 * Shows how the demo goes: at a terminal one line that is drawn anew, elsewhere a line a second.
 *
 * @module
 */

/** The figures of both ends at one moment. */
interface Progress {
  elapsed_s: number;
  written: number;
  read: number;
  queued: number;
  sent: number;
  acknowledged: number;
  received: number;
  state: string;
}

/** Writes progress and headlines to standard output. */
export class View {
  readonly #isTerminal = Deno.stdout.isTerminal();
  #lastSecond = -1;

  /** Says what happens now, on a line of its own. */
  headline(text: string): void {
    this.#write(`${this.#isTerminal ? "\r\x1b[K" : ""}${text}\n`);
  }

  /** Shows the numbers. */
  show(progress: Progress): void {
    if (this.#isTerminal) return this.#write(`\r\x1b[K${textOf(progress)}`);
    const second = Math.floor(progress.elapsed_s);
    if (second === this.#lastSecond) return;
    this.#lastSecond = second;
    this.#write(`${textOf(progress)}\n`);
  }

  #write(text: string): void {
    Deno.stdout.writeSync(new TextEncoder().encode(text));
  }
}

function textOf({ elapsed_s, state, ...counts }: Progress): string {
  const time = `${elapsed_s.toFixed(0).padStart(3)} s`;
  const numbers = Object.entries(counts).map(([name, count]) =>
    `${name} ${String(count).padStart(5)}`
  );
  return `${time}  ${numbers.join("  ")}  ${state}`;
}
