/**
 * The log in a file, beside standard error. A file that cannot be written, on a full disk say, holds up nothing: its lines are counted,
 * and the gap is told once it can be written again.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { type Clock, systemClock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { LogFileStatus } from "../protocol/part_status.ts";
import { BackgroundOutput } from "./background_output.ts";
import { RotatingFile, type RotatingFileOptions } from "./rotating_file.ts";

/** Takes lines and never makes anybody wait. */
export class LogFile {
  readonly #path: string;
  readonly #file: RotatingFile;
  readonly #output: BackgroundOutput;
  readonly #clock: Clock;
  readonly #log = getLogger(["log"]);
  #problem: { reason: string; sinceMs: number } | undefined;
  #droppedLines = 0;

  constructor({ clock = systemClock, ...options }: RotatingFileOptions & { clock?: Clock }) {
    this.#path = options.path;
    this.#clock = clock;
    this.#file = new RotatingFile(options);
    this.#output = new BackgroundOutput({ write: (bytes) => this.#write(bytes) }, {
      clock,
      onDropped: (lines) => this.#tellDropped(lines),
    });
  }

  /** Takes whole lines; returns at once and never throws. */
  write(lines: string): void {
    this.#output.write(lines);
  }

  /** Resolves when all has been written, or after a second in which it could not, and lets go of the file. */
  async close(): Promise<void> {
    await this.#output.flush();
    this.#file.close();
  }

  /** How it stands. */
  status(): LogFileStatus {
    return {
      path: this.#path,
      reason: this.#problem?.reason,
      sinceMs: this.#problem?.sinceMs,
      droppedLines: this.#droppedLines,
    };
  }

  async #write(bytes: Uint8Array): Promise<number> {
    try {
      const count = await this.#file.write(bytes);
      this.#problem = undefined;
      return count;
    } catch (error) {
      this.#droppedLines += bytes.filter((byte) => byte === 10).length;
      this.#noteProblem(messageOf(error));
      throw error;
    }
  }

  #noteProblem(reason: string): void {
    const isNews = this.#problem === undefined;
    this.#problem = { reason, sinceMs: this.#problem?.sinceMs ?? this.#clock.now() };
    // Goes to standard error too; in the file it is one more line that is missing.
    if (isNews) {
      this.#log.error("Cannot write the log to {path}: {reason}", { path: this.#path, reason });
    }
  }

  #tellDropped(lines: number): void {
    this.#log.warn("{lines} lines are missing in {path}: it could not be written", {
      lines,
      path: this.#path,
    });
  }
}
