/**
 * Work in the background that is done again when its time comes, or when it is woken.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import { getLogger } from "@logtape/logtape";
import type { Clock } from "../shared/clock.ts";

const log = getLogger(["manager", "loop"]);

// Timers of the platform do not reach much further than three weeks.
const LONGEST_WAIT_MS = 86_400_000;
const RETRY_AFTER_MS = 1_000;

/** What a {@linkcode Loop} is built with. */
interface LoopOptions {
  clock: Clock;
  /** For the log, after "Cannot". */
  name: string;
  /**
   * Does one step. Returns after how many milliseconds the next one is to be, or `undefined` when
   * only {@linkcode Loop.wake} leads to one. The signal is aborted when the loop stops.
   */
  step(signal: AbortSignal): Promise<number | undefined> | number | undefined;
}

/** One step after the other. A step that fails is logged and done again a second later. */
export class Loop {
  readonly #options: LoopOptions;
  readonly #stopping = new AbortController();
  #nap: AbortController | undefined;
  #woken = false;
  #running: Promise<void> | undefined;

  constructor(options: LoopOptions) {
    this.#options = options;
  }

  /** Begins with a step. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Makes the next step come at once. */
  wake(): void {
    this.#woken = true;
    this.#nap?.abort();
  }

  /** Resolves when the step that is under way has ended; there is none after it. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#woken = false;
      const waitMs = await this.#step();
      // Even a loop with much to do lets requests in between.
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (!this.#woken) await this.#sleep(waitMs);
    }
  }

  async #step(): Promise<number | undefined> {
    try {
      return await this.#options.step(this.#stopping.signal);
    } catch (error) {
      if (this.#stopping.signal.aborted) return undefined;
      log.error("Cannot {name}: {error}", { name: this.#options.name, error: String(error) });
      return RETRY_AFTER_MS;
    }
  }

  async #sleep(waitMs: number | undefined): Promise<void> {
    if (waitMs !== undefined && waitMs <= 0) return;
    const nap = new AbortController();
    this.#nap = nap;
    if (waitMs === undefined) {
      await new Promise((resolve) => nap.signal.addEventListener("abort", resolve, { once: true }));
    } else {
      const { clock } = this.#options;
      await clock.sleep(Math.min(waitMs, LONGEST_WAIT_MS), nap.signal).catch(() => {});
    }
  }
}
