/**
 * A folder of real log files, and a log collector under a clock that the test moves.
 *
 * @module
 */

import { join } from "node:path";
import { compileSources } from "../../../../src/agent/modules/logcollector/formats/compile_source.ts";
import { Logcollector } from "../../../../src/agent/modules/logcollector/logcollector.ts";
import type { LogcollectorOptions } from "../../../../src/agent/modules/logcollector/logcollector_options.ts";
import type { CollectorReport } from "../../../../src/agent/modules/collector.ts";
import type { FollowedFile, Progress } from "../../../../src/shared/protocol/part_status.ts";
import { MemoryClock, settle } from "../../../support/fake_clock.ts";
import { RecordingSink } from "./recording_sink.ts";

/** Time between two looks at the files. */
export const READ_INTERVAL_MS = 30_000;
/** Time between two looks for new files. */
export const RELOAD_INTERVAL_MS = 60_000;

/** How long a renamed file is quiet until its last line counts as complete. */
export const REST_IDLE_MS = 90_000;

/**
 * Times of files move on in ticks of the kernel's timer (4 ms at 250 Hz): what a test does next has another time than
 * what the collector has just seen.
 */
function fileTimeMovesOn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}

/** Runs a log collector again and again over one folder and one sink. */
export class LogFolder implements AsyncDisposable {
  readonly path = Deno.realPathSync(Deno.makeTempDirSync());
  readonly clock = new MemoryClock();
  readonly sink = new RecordingSink();
  readonly #options: Partial<LogcollectorOptions>;
  #stop = new AbortController();
  #collector: Logcollector | undefined;
  #ended: Promise<unknown> = Promise.resolve();

  /** Follows `*.log` in the folder unless `options` say otherwise. */
  constructor(options: Partial<LogcollectorOptions> = {}) {
    this.#options = options;
  }

  file(name: string): string {
    return join(this.path, name);
  }

  append(name: string, text: string | Uint8Array): void {
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    Deno.writeFileSync(this.file(name), bytes, { append: true });
  }

  rename(from: string, to: string): void {
    Deno.renameSync(this.file(from), this.file(to));
  }

  get report(): CollectorReport {
    return this.#collector?.report() ?? { details: {} };
  }

  get files(): FollowedFile[] {
    return this.#collector?.files() ?? [];
  }

  get progress(): Progress | undefined {
    return this.#collector?.progress();
  }

  /** Starts a new collector and waits until it has read everything. */
  async start(options: Partial<LogcollectorOptions> = {}): Promise<void> {
    this.#collector = await this.#create(options);
    await this.restart();
  }

  /** Ends the run and starts another collector, with these options, that takes over from it. */
  async reload(options: Partial<LogcollectorOptions> = {}): Promise<void> {
    await this.stop();
    const next = await this.#create(options);
    if (this.#collector) next.takeOver(this.#collector);
    this.#collector = next;
    await this.restart();
  }

  /** Runs the same collector again, as after a failure, and waits until it has read everything. */
  async restart(): Promise<void> {
    this.begin();
    await this.quiet();
    await fileTimeMovesOn();
  }

  /** Runs the collector without waiting for anything. */
  begin(): void {
    this.#stop = new AbortController();
    this.#ended = this.#collector?.run(this.#stop.signal)
      .then(() => undefined, (error) => error) ?? Promise.resolve();
  }

  /** Ends the run and closes the collector, as at the end of the agent. */
  async close(limit: AbortSignal = new AbortController().signal): Promise<void> {
    await this.stop();
    await this.#collector?.close(limit);
  }

  async #create(more: Partial<LogcollectorOptions>): Promise<Logcollector> {
    const options = {
      localfiles: [{ location: this.file("*.log") }],
      readIntervalMs: READ_INTERVAL_MS,
      reloadIntervalMs: RELOAD_INTERVAL_MS,
      restIdleMs: REST_IDLE_MS,
      partialIdleMs: 0,
      ...this.#options,
      ...more,
    };
    const sources = await compileSources(options.localfiles);
    return new Logcollector(options, { sink: this.sink, clock: this.clock, sources });
  }

  /** Waits until the collector sleeps or has ended. Do not call it while the sink pushes back. */
  async quiet(): Promise<void> {
    let ended = false;
    this.#ended.then(() => ended = true);
    const isAtWork = () => this.clock.nextWakeIn() === undefined || this.sink.isBusy;
    do await settle("loop", 1); while (!ended && isAtWork());
  }

  /** Moves time on and waits until the collector has read everything. */
  async pass(durationMs = READ_INTERVAL_MS): Promise<void> {
    const end = this.clock.monotonic() + durationMs;
    for (let leftMs = durationMs; leftMs > 0; leftMs = end - this.clock.monotonic()) {
      await this.clock.advance(Math.min(this.clock.nextWakeIn() ?? leftMs, leftMs));
      await this.quiet();
    }
    await fileTimeMovesOn();
  }

  /** Has it look for files now, and waits until it has read everything. */
  async scan(): Promise<void> {
    await this.#collector?.scan(new AbortController().signal);
    await this.quiet();
    await fileTimeMovesOn();
  }

  /** Ends the run, as a kill would: nothing is read any more. Gives what it ended with: `undefined`, or its error. */
  async stop(): Promise<unknown> {
    this.#stop.abort();
    return await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    Deno.removeSync(this.path, { recursive: true });
  }
}
