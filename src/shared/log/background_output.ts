/**
 * Writes text without ever making the program wait for whoever reads it.
 *
 * A pipe that nobody reads holds 64 KiB; after that a write waits until somebody does, and a
 * synchronous one takes the whole process with it, signals included. So the system's write is made
 * off the main thread, one at a time, and what comes meanwhile waits in a bounded buffer. Once that
 * is full, lines are dropped and counted until half of it has left: then that is told, in the place
 * of the gap.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { type Clock, systemClock } from "../clock.ts";

/** Where bytes go, such as `Deno.stderr`. */
interface ByteOutput {
  /** Gives how many bytes were taken. */
  write(bytes: Uint8Array): Promise<number>;
}

/** What a {@linkcode BackgroundOutput} may be built with. */
interface BackgroundOutputOptions {
  /** Most characters that wait. @default 1048576 */
  maxCharacters?: number;
  /** Is told how many lines were dropped, once there is room again. @default a warning in the log */
  onDropped?: (lines: number) => void;
  /** @default the machine's */
  clock?: Clock;
}

/** Longest wait for a reader when the program ends, in milliseconds. */
const FLUSH_LIMIT_MS = 1_000;
/** Small beside a pipe, so that the lines of a slow reader come in steady pieces. */
const PIECE_CHARACTERS = 32_768;
/** Whoever made the pipe non-blocking gets a full one asked again after so long. */
const WOULD_BLOCK_WAIT_MS = 50;

/** Text on its way out. */
export class BackgroundOutput {
  readonly #output: ByteOutput;
  readonly #maxCharacters: number;
  readonly #onDropped: (lines: number) => void;
  readonly #clock: Clock;
  readonly #encoder = new TextEncoder();
  readonly #waiting: string[] = [];
  #waitingCharacters = 0;
  #droppedLines = 0;
  /** Settles when nothing waits any more; `undefined` while nothing does. */
  #work: Promise<void> | undefined;

  constructor(output: ByteOutput, options: BackgroundOutputOptions = {}) {
    const { maxCharacters = 1_048_576, onDropped = logDropped, clock = systemClock } = options;
    this.#output = output;
    this.#maxCharacters = maxCharacters;
    this.#onDropped = onDropped;
    this.#clock = clock;
  }

  /** Takes `text`, whole lines, or drops it; returns at once and never throws. */
  write(text: string): void {
    if (!this.#hasRoomFor(text)) return this.#drop(text);
    this.#waiting.push(text);
    this.#waitingCharacters += text.length;
    this.#work ??= this.#writeWaiting();
  }

  /** Resolves when all has left, or after a second in which it could not. */
  async flush(): Promise<void> {
    const left = new AbortController();
    const limit = this.#clock.sleep(FLUSH_LIMIT_MS, left.signal).catch(() => {});
    await Promise.race([this.#work, limit]);
    left.abort();
  }

  #hasRoomFor(text: string): boolean {
    if (this.#waiting.length === 0) return true;
    // After a gap nothing is taken before the gap is told, or it would be told in the wrong place.
    return this.#droppedLines === 0 &&
      this.#waitingCharacters + text.length <= this.#maxCharacters;
  }

  #drop(text: string): void {
    this.#droppedLines += text.split("\n").length - 1;
  }

  async #writeWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const piece = this.#takePiece();
      try {
        await this.#writeAll(this.#encoder.encode(piece));
        this.#tellDropped();
      } catch {
        // Nobody is there, or the disk is full: there is nowhere to say so before a write succeeds.
        this.#drop(piece);
      }
    }
    this.#work = undefined;
  }

  #takePiece(): string {
    let characters = 0;
    const beyond = this.#waiting.findIndex((text) =>
      (characters += text.length) > PIECE_CHARACTERS
    );
    const count = beyond === -1 ? this.#waiting.length : Math.max(1, beyond);
    const piece = this.#waiting.splice(0, count).join("");
    this.#waitingCharacters -= piece.length;
    return piece;
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0;) {
      try {
        rest = rest.subarray(await this.#output.write(rest));
      } catch (error) {
        if (!(error instanceof Deno.errors.WouldBlock)) throw error;
        await this.#clock.sleep(WOULD_BLOCK_WAIT_MS);
      }
    }
  }

  #tellDropped(): void {
    const lines = this.#droppedLines;
    if (lines === 0 || this.#waitingCharacters > this.#maxCharacters / 2) return;
    this.#droppedLines = 0;
    this.#onDropped(lines);
  }
}

function logDropped(lines: number): void {
  getLogger(["log"]).warn(
    "{lines} lines of the log were dropped here: nobody read them in time",
    { lines },
  );
}
