/**
 * A program that logs: appends numbered lines, and has its file rotated now and then.
 *
 * @module
 */

import { numberedLine } from "./numbered_line.ts";
import { KEPT, type Rotation, ROTATIONS } from "./rotations.ts";

/** What a {@linkcode LogProgram} is started with. */
export interface LogProgramOptions {
  /** Its folder, made if missing. */
  folder: string;
  /** Name that stands in its lines, unique in a run. */
  source: string;
  /** A key of {@linkcode ROTATIONS}. */
  rotation: string;
  linesPerSecond: number;
  /** Number of the newest line of this program that has arrived at the manager. */
  newestArrived(source: string): number;
  /** Numbers in [0, 1) that decide when it rotates. */
  random: () => number;
}

const TICK_MS = 50;
const SHORTEST_ROTATION_MS = 2_000;
const LONGEST_ROTATION_MS = 15_000;
/** Share of the rotations that are followed by another at once. */
const TWICE = 0.1;
/** Rotations wait when the oldest file that is kept would be deleted within so many of them, and nothing behind it has arrived. */
const AHEAD = 8;

/** Writes until its signal is aborted. */
export class LogProgram {
  readonly source: string;
  readonly follow: string;
  readonly rotation: string;
  readonly #options: LogProgramOptions;
  readonly #scheme: Rotation;
  #written = 0;
  #rotations = 0;
  /** The last line before each rotation. */
  readonly #ends: number[] = [];

  constructor(options: LogProgramOptions) {
    const scheme = ROTATIONS[options.rotation];
    if (scheme === undefined) throw new RangeError(`No rotation "${options.rotation}"`);
    this.#options = options;
    this.#scheme = scheme;
    this.source = options.source;
    this.rotation = options.rotation;
    this.follow = `${options.folder}/${scheme.follow}`;
    Deno.mkdirSync(options.folder, { recursive: true });
    if (scheme.file) this.#linkFirstFile(scheme.file(0));
    this.#append(0);
  }

  /** Lines written; they are numbered from 1. */
  get written(): number {
    return this.#written;
  }

  /** How often the file was rotated. */
  get rotations(): number {
    return this.#rotations;
  }

  /** Writes the first line, by which it is seen that the log is followed. */
  begin(): void {
    this.#append(1);
  }

  /** Writes and rotates until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { linesPerSecond } = this.#options;
    const startedAt = performance.now();
    let rotateAt = startedAt + this.#rotationWait();
    while (!signal.aborted) {
      const due = Math.floor((performance.now() - startedAt) * linesPerSecond / 1_000);
      this.#append(due - this.#written);
      if (performance.now() > rotateAt && this.#mayRotate()) {
        this.#rotate();
        rotateAt = performance.now() + this.#rotationWait();
      }
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
  }

  #append(lines: number): void {
    let text = "";
    for (let line = 0; line < lines; line++) {
      text += numberedLine(this.source, ++this.#written);
    }
    const name = this.#scheme.file?.(this.#rotations) ?? "app.log";
    Deno.writeTextFileSync(`${this.#options.folder}/${name}`, text, { append: true });
  }

  #rotate(): void {
    this.#rotateOnce();
    if (this.#options.random() >= TWICE) return;
    this.#append(1);
    this.#rotateOnce();
  }

  /** What an agent cannot read because it is down, or its queue full, for so long that rotation deletes it, is no fault of it. */
  #mayRotate(): boolean {
    const end = this.#ends[this.#rotations - KEPT + AHEAD] ?? 0;
    return this.#options.newestArrived(this.source) >= end;
  }

  #rotateOnce(): void {
    this.#ends.push(this.#written);
    this.#scheme.rotate(this.#options.folder, this.#rotations++);
    this.#append(0);
  }

  #rotationWait(): number {
    const span = LONGEST_ROTATION_MS - SHORTEST_ROTATION_MS;
    return SHORTEST_ROTATION_MS + span * this.#options.random();
  }

  #linkFirstFile(name: string): void {
    Deno.symlinkSync(name, `${this.#options.folder}/app.log`);
  }
}
