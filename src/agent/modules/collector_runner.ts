/**
 * Runs the collectors side by side and keeps them apart: one that fails is started again after a
 * while, and the others go on.
 *
 * The wait after a failure doubles each time up to a limit, and is short again once a collector has
 * run for longer than that limit.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../shared/clock.ts";
import { messageOf } from "../../shared/errors.ts";
import type { Collector, EventSink } from "./collector.ts";
import { CountingSink } from "./counting_sink.ts";
import type { CollectorState, CollectorStatus } from "../../shared/protocol/part_status.ts";

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
/** An append that takes longer than this is not a commit but a queue that pushes back. */
const PUSH_BACK_MS = 1_000;

/** What a {@linkcode CollectorRunner} is built with. */
export interface CollectorRunnerDeps {
  /** The sink of the collector of this name. */
  sinkFor: (name: string) => EventSink;
  clock: Clock;
}

/** Starts, watches and stops collectors. */
export class CollectorRunner {
  readonly #runs: CollectorRun[];
  readonly #stop = new AbortController();
  readonly #stopped = Promise.withResolvers<void>();
  #started = false;

  constructor(collectors: readonly Collector[], { sinkFor, clock }: CollectorRunnerDeps) {
    this.#runs = collectors.map((collector) =>
      new CollectorRun(collector, new CountingSink(sinkFor(collector.name), clock), clock)
    );
  }

  /**
   * Starts every collector; they run until the signal is aborted or {@linkcode stop} is called.
   * Call it once.
   */
  start(signal: AbortSignal): void {
    this.#started = true;
    signal.addEventListener("abort", () => this.#stop.abort(signal.reason), { once: true });
    if (signal.aborted) this.#stop.abort(signal.reason);
    Promise.all(this.#runs.map((run) => run.keepRunning(this.#stop.signal)))
      .then(() => this.#stopped.resolve(), (error) => this.#stopped.reject(error));
  }

  /** Resolves once every collector has ended. */
  get stopped(): Promise<void> {
    return this.#stopped.promise;
  }

  /** Tells every collector to end and resolves once all have. */
  async stop(): Promise<void> {
    this.#stop.abort();
    if (this.#started) await this.stopped;
  }

  /** How each collector stands. */
  status(): CollectorStatus[] {
    return this.#runs.map((run) => run.status());
  }
}

/** One collector through all its starts. */
class CollectorRun {
  readonly #collector: Collector;
  readonly #sink: CountingSink;
  readonly #clock: Clock;
  readonly #log;
  #state: CollectorState = "stopped";
  #sinceMs: number;
  #failure: string | undefined;
  #waitMs = FIRST_WAIT_MS;

  constructor(collector: Collector, sink: CountingSink, clock: Clock) {
    this.#collector = collector;
    this.#sink = sink;
    this.#clock = clock;
    this.#sinceMs = clock.now();
    this.#log = getLogger(["agent", "collectors", collector.name]);
  }

  /** Starts the collector again until it ends by itself or the signal is aborted. Never rejects. */
  async keepRunning(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && await this.#fails(signal)) {
      await this.#clock.sleep(this.#waitMs, signal).catch(() => {});
      this.#waitMs = Math.min(2 * this.#waitMs, LONGEST_WAIT_MS);
    }
    this.#enter("stopped");
  }

  status(): CollectorStatus {
    const { details, lastError = this.#failure } = this.#collector.report();
    const blockedSinceMs = this.#sink.blockedSinceMs(PUSH_BACK_MS);
    const isBlocked = this.#state === "running" && blockedSinceMs !== undefined;
    const { events, groups, lastEventAtMs } = this.#sink;
    return {
      name: this.#collector.name,
      state: isBlocked ? "waiting" : this.#state,
      since: isoTime(isBlocked ? blockedSinceMs : this.#sinceMs),
      events,
      groups,
      last_event_at: lastEventAtMs === undefined ? null : isoTime(lastEventAtMs),
      last_error: (this.#state === "failed" ? this.#failure : lastError) ?? null,
      details,
    };
  }

  /** Runs the collector once. True when it failed and is to be started again. */
  async #fails(signal: AbortSignal): Promise<boolean> {
    const startedAtMs = this.#clock.monotonic();
    this.#enter("running");
    try {
      await this.#collector.run(this.#sink, signal);
      return false;
    } catch (error) {
      const ranMs = this.#clock.monotonic() - startedAtMs;
      if (ranMs > LONGEST_WAIT_MS) this.#waitMs = FIRST_WAIT_MS;
      this.#noteFailure(error);
      return true;
    }
  }

  #noteFailure(error: unknown): void {
    this.#failure = messageOf(error);
    this.#enter("failed");
    this.#log.error("Collector {collector} failed and starts again in {wait_ms} ms: {reason}", {
      collector: this.#collector.name,
      wait_ms: this.#waitMs,
      reason: this.#failure,
    });
  }

  #enter(state: CollectorState): void {
    this.#state = state;
    this.#sinceMs = this.#clock.now();
  }
}

function isoTime(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
