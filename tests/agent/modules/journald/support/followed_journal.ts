/**
 * A module that follows a journal, and what it stored.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import {
  Journald,
  type JournaldOptions,
} from "../../../../../src/agent/modules/journald/journald.ts";
import type { Clock } from "../../../../../src/shared/clock.ts";
import { systemClock } from "../../../../../src/shared/clock.ts";
import { RecordingSink } from "../../support/recording_sink.ts";

/** Runs {@linkcode Journald} again and again over one journal and one sink. */
export class FollowedJournal implements AsyncDisposable {
  readonly sink = new RecordingSink();
  /** Process ids of the journalctl that followed, the latest last. */
  readonly pids: number[] = [];
  readonly #options: Partial<JournaldOptions>;
  readonly #clock: Clock;
  #stop = new AbortController();
  #module: Journald | undefined;
  #ended: Promise<unknown> = Promise.resolve();

  constructor(options: Partial<JournaldOptions>, clock: Clock = systemClock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** The module that runs, or ran last. */
  get module(): Journald {
    if (this.#module === undefined) throw new Error("Not started");
    return this.#module;
  }

  /** Starts it, as after a start of the agent; `options` are added to those it has. */
  start(options: Partial<JournaldOptions> = {}): void {
    this.#stop = new AbortController();
    const watch = async (pid: number, signal: AbortSignal) => {
      this.pids.push(pid);
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      return { cpuMs: 0, peakBytes: 0 };
    };
    const given = { filters: [], shown: "none", startAt: "beginning", gatherMs: 1 } as const;
    this.#module = new Journald({
      program: "/usr/bin/journalctl",
      ...given,
      ...this.#options,
      ...options,
    }, {
      sink: this.sink,
      clock: this.#clock,
      log: getLogger(["test"]),
      children: { watch },
    });
    this.#ended = this.#module.run(this.#stop.signal).catch((error) => error);
  }

  /** Stops it; resolves with what it failed with. */
  async stop(): Promise<unknown> {
    this.#stop.abort();
    return await this.#ended;
  }

  /** Resolves once this holds. */
  async until(isSo: (sink: RecordingSink) => boolean): Promise<void> {
    let failure: unknown;
    let hasEnded = false;
    this.#ended.then((error) => [failure, hasEnded] = [error, true]);
    while (!isSo(this.sink)) {
      if (hasEnded) throw failure ?? new Error("It ended");
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  /** Resolves once so many events are stored. */
  async untilStored(count: number): Promise<void> {
    await this.until(({ lines }) => lines.length >= count);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
