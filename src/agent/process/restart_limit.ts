/**
 * Keeps a server from having the agent restart in a loop: one ordered restart a minute. When the last one was is kept in the file
 * `last-restart` of the data folder, as milliseconds since 1970, since the process that knew it is gone.
 *
 * @module
 */

import { join } from "node:path";
import type { Clock } from "../../shared/clock.ts";

const INTERVAL_MS = 60_000;
const FILE_NAME = "last-restart";

/** What a {@linkcode RestartLimit} is built with. */
interface RestartLimitDeps {
  dataFolder: string;
  clock: Pick<Clock, "now">;
  /** Replaces a file so that it survives a crash. */
  write: (path: string, text: string) => void;
}

/** Allows restarts that the server orders. */
export class RestartLimit {
  readonly #deps: RestartLimitDeps;
  readonly #path: string;

  constructor(deps: RestartLimitDeps) {
    this.#deps = deps;
    this.#path = join(deps.dataFolder, FILE_NAME);
  }

  /**
   * Notes a restart.
   *
   * @throws {Error} that says from when on the next one is allowed; what the file system says when it cannot be noted
   */
  take(): void {
    const nowMs = this.#deps.clock.now();
    const lastMs = this.#last();
    // A clock that was set back must not hold restarts up for longer than the interval.
    const nextMs = Math.min(lastMs, nowMs) + INTERVAL_MS;
    if (nowMs < nextMs) {
      if (lastMs > nowMs) this.#note(nowMs);
      const at = new Date(nextMs).toISOString();
      throw new Error(`restarted less than a minute ago; the next restart is possible at ${at}`);
    }
    this.#note(nowMs);
  }

  /** What cannot be read was not written by an agent, and says nothing. */
  #last(): number {
    try {
      const ms = Number(Deno.readTextFileSync(this.#path));
      return Number.isSafeInteger(ms) && ms > 0 ? ms : -Infinity;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return -Infinity;
      throw error;
    }
  }

  #note(ms: number): void {
    this.#deps.write(this.#path, `${ms}\n`);
  }
}
