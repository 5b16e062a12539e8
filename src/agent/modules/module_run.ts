/**
 * One module through all its starts and options.
 *
 *     disabled, unavailable ── options ──▶ starting ──▶ running ◀──▶ waiting, scanning
 *            ▲                                ▲  │         │
 *            └────────── stopping ◀───────────┼──┴─────────┤ options, stop
 *                                             └─ failed ◀──┘ an error
 *
 * The wait after a failure doubles each time up to a limit, and is short again once the module has run for longer than that limit.
 *
 * @module
 */

import { type Clock, isoOrNull } from "../../shared/clock.ts";
import { AgentError, messageOf } from "../../shared/errors.ts";
import {
  type FollowedFile,
  MAX_PROBLEMS,
  type ModuleState,
  type ModuleStatus,
  type Progress,
} from "../../shared/protocol/part_status.ts";
import type { Collector } from "./collector.ts";
import { CountingSink } from "./counting_sink.ts";
import { Fence } from "./fence.ts";
import type { Module, ModuleContext, ModuleFields, OptionsOf } from "./module.ts";
import { ModuleCondition } from "./module_condition.ts";
import { SharedScan } from "./shared_scan.ts";

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 300_000;
/** An append that takes longer than this is not a commit but a queue that pushes back. */
const PUSH_BACK_MS = 1_000;

/** Time for a module that is stuck to end when it is told to. */
const END_TIMEOUT_MS = 5_000;
/** Time for what a module holds open to be put away. */
const CLOSE_TIMEOUT_MS = 2_000;
/** Why a life ends after which another one begins. */
const CHANGED = "options changed";

/** The options of any module. */
export type AnyOptions = OptionsOf<ModuleFields>;

/** What a {@linkcode ModuleRun} is built with. */
interface ModuleRunDeps {
  context: ModuleContext;
  clock: Clock;
  /** Whether the module works on this operating system. */
  isAvailable: boolean;
}

/** From one start to its end. */
interface Life {
  stop: AbortController;
  /** Resolves also when it is given up. */
  ended: Promise<void>;
  /** Nobody waits for it any more, and whatever it still does counts for nothing. */
  wasGivenUp: boolean;
  end(): void;
}

/** Makes, runs, watches and stops one module. */
export class ModuleRun {
  readonly module: Module;
  /** Counts what the module hands over, through all its starts. */
  readonly context: ModuleContext;
  readonly #deps: ModuleRunDeps;
  readonly #sink: CountingSink;
  #options: AnyOptions;
  #collector: Collector | undefined;
  /** Around what was made last. */
  #fence: Fence | undefined;
  /** The one that was put away last: it is still asked for its report. */
  #closed: Collector | undefined;
  #life: Life | undefined;
  #changing: Promise<void> | undefined;
  #isChanging = false;
  #scan: SharedScan | undefined;
  readonly #condition: ModuleCondition;
  #waitMs = FIRST_WAIT_MS;

  constructor(module: Module, options: AnyOptions, deps: ModuleRunDeps) {
    this.module = module;
    this.#options = options;
    this.#deps = deps;
    this.#sink = new CountingSink(deps.context.sink, deps.clock);
    this.context = { ...deps.context, sink: this.#sink };
    this.#condition = new ModuleCondition(deps.clock, this.#idleState());
  }

  /** The options in force. */
  get options(): AnyOptions {
    return this.#options;
  }

  /** Starts it, if it is enabled and works here, until the signal is aborted or the options change. */
  start(signal: AbortSignal): void {
    if (signal.aborted || !this.#isWanted(this.#options)) {
      return this.#condition.enter(this.#idleState());
    }
    const stop = new AbortController();
    const onAbort = () => {
      this.#condition.enter("stopping");
      stop.abort(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    const givenUp = Promise.withResolvers<void>();
    const life: Life = { stop, ended: givenUp.promise, wasGivenUp: false, end: givenUp.resolve };
    this.#life = life;
    life.ended = Promise.race([this.#keepRunning(life), givenUp.promise])
      .finally(() => signal.removeEventListener("abort", onAbort));
  }

  /** Resolves once what was started last has ended, and a change under way is done. */
  async ended(): Promise<void> {
    await this.#changing;
    await this.#life?.ended;
  }

  /**
   * Goes on with other options, from the checkpoints of the old ones; until the signal is aborted.
   *
   * @throws what the module's `create` threw for them; then everything is as it was
   */
  change(options: AnyOptions, signal: AbortSignal): Promise<void> {
    this.#isChanging = true;
    const changed = this.#change(options, signal).finally(() => this.#isChanging = false);
    this.#changing = changed.catch(() => {});
    return changed;
  }

  async #change(options: AnyOptions, signal: AbortSignal): Promise<void> {
    const fence = new Fence(this.context);
    const made = this.#isWanted(options)
      ? await this.module.create(options, fence.context)
      : undefined;
    await this.#stop();
    const handedOn = this.#handOn(made);
    if (!handedOn) await this.#close(this.#collector);
    this.#options = options;
    this.#collector = made;
    this.#fence = fence;
    this.#condition.forgive();
    this.#waitMs = FIRST_WAIT_MS;
    // What was taken over is put away by whoever has it now.
    if (signal.aborted && handedOn) await this.#close(made);
    this.start(signal);
  }

  /**
   * Puts a new collector in the place of one that is stuck, with the same options. One that does not end when it is told to is given
   * up: it can store nothing any more, and the new one begins with its checkpoints.
   */
  async restart(signal: AbortSignal): Promise<void> {
    const life = this.#life;
    if (life === undefined || signal.aborted) return;
    const ended = new AbortController();
    const given = this.#deps.clock.sleep(END_TIMEOUT_MS, ended.signal)
      .then(() => this.#giveUp(life), () => {});
    // A change that waits for it to end puts a new one in its place itself.
    await (this.#isChanging ? this.#changing : this.change(this.#options, signal));
    ended.abort();
    await given;
  }

  #giveUp(life: Life): void {
    if (life !== this.#life) return;
    this.context.log.warn("Module {module} does not end and is given up", {
      module: this.module.name,
    });
    this.#fence?.close();
    // Whoever is stuck in it can neither hand on nor put away what it holds.
    this.#closed = this.#collector;
    life.wasGivenUp = true;
    life.end();
  }

  /** Whether it gets on; `undefined` when it does not run, or cannot tell. */
  progress(): Progress | undefined {
    const { state } = this.#condition;
    if (state === "starting" || state === "stopping") {
      return { mark: state, waitsFor: `the end of "${state}"`, mayWait: false };
    }
    if (state !== "running") return undefined;
    const told = this.#collector?.progress?.();
    const mark = `${this.#sink.groups} ${told?.mark ?? ""}`;
    if (this.#sink.isAppending) return { mark, waitsFor: "the queue", mayWait: false };
    return told && { ...told, mark };
  }

  /** True when `next` goes on with what the one before it holds open. */
  #handOn(next: Collector | undefined): boolean {
    const previous = this.#collector;
    if (previous === undefined || previous === this.#closed || !next?.takeOver) return false;
    next.takeOver(previous);
    return true;
  }

  /**
   * Has it scan now; resolves when the scan is over. Who asks while a scan is under way waits for that one.
   *
   * @throws {AgentError} `failed` when it does not scan, or does not run now
   * @throws the signal's reason when aborted
   */
  async scan(signal: AbortSignal): Promise<void> {
    const { name } = this.module;
    const { state, reason } = this.status();
    if (state === "disabled") throw notNow(name, "is disabled", `agent modules enable ${name}`);
    if (this.#condition.state !== "running" || this.#life === undefined) {
      throw notNow(name, `is ${state}${reason === null ? "" : `: ${reason}`}`, "agent modules");
    }
    const scan = this.#collector?.scan?.bind(this.#collector);
    if (scan === undefined) {
      throw notNow(name, "has nothing to scan", "agent modules: NEXT SCAN tells which modules do");
    }
    this.#scan ??= this.#beginScan(scan, this.#life.stop.signal);
    await this.#scan.wait(signal);
  }

  /** The files that it follows; none while it does not run. */
  files(): FollowedFile[] {
    return this.#collector?.files?.() ?? [];
  }

  /** How it stands, but for who says whether it is enabled. */
  status(): Omit<ModuleStatus, "enabled_by"> {
    const { details, lastError, nextScanAtMs, problems = [] } = this.#collector?.report() ??
      { details: {} };
    const { events, groups, lastEventAtMs } = this.#sink;
    const { failure } = this.#condition;
    const { state, sinceMs } = this.#condition.shown({
      blockedSinceMs: this.#sink.blockedSinceMs(PUSH_BACK_MS),
      isScanning: this.#scan !== undefined,
    });
    return {
      name: this.module.name,
      enabled: this.#options.enabled,
      state,
      since: isoOrNull(sinceMs),
      reason: this.#reasonOf(state),
      events,
      groups,
      last_event_at: isoOrNull(lastEventAtMs),
      last_error: (state === "failed" ? failure : lastError ?? failure) ?? null,
      scans: this.#collector?.scan !== undefined,
      next_scan_at: isoOrNull(nextScanAtMs),
      details: problems.length === 0 ? details : { ...details, problems: problems.length },
      problems: problems.slice(0, MAX_PROBLEMS),
    };
  }

  #beginScan(scan: (signal: AbortSignal) => Promise<void>, stop: AbortSignal): SharedScan {
    const begun = new SharedScan(scan, stop);
    begun.over.then(() => this.#scan = undefined);
    return begun;
  }

  #reasonOf(state: ModuleState): string | null {
    if (state === "failed") return this.#condition.failure ?? null;
    if (state !== "unavailable") return null;
    return `works on ${this.module.platforms?.join(" and ")} only`;
  }

  #isWanted({ enabled }: AnyOptions): boolean {
    return enabled && this.#deps.isAvailable;
  }

  #idleState(): ModuleState {
    if (!this.#options.enabled) return "disabled";
    return this.#deps.isAvailable ? "stopped" : "unavailable";
  }

  async #stop(): Promise<void> {
    if (this.#life === undefined) return;
    this.#condition.enter("stopping");
    this.#life.stop.abort(CHANGED);
    await this.#life.ended;
    this.#life = undefined;
  }

  /** Starts it again until it ends by itself or the signal is aborted. Never rejects. */
  async #keepRunning(life: Life): Promise<void> {
    const { signal } = life.stop;
    while (!signal.aborted && await this.#fails(life)) {
      await this.#deps.clock.sleep(this.#waitMs, signal).catch(() => {});
      this.#waitMs = Math.min(2 * this.#waitMs, LONGEST_WAIT_MS);
    }
    if (life.wasGivenUp) return;
    if (signal.reason !== CHANGED) await this.#close(this.#collector);
    this.#condition.enter("stopped");
  }

  async #close(collector: Collector | undefined): Promise<void> {
    if (collector === undefined || collector === this.#closed) return;
    this.#closed = collector;
    try {
      await collector.close?.(AbortSignal.timeout(CLOSE_TIMEOUT_MS));
    } catch (error) {
      this.context.log.warn("Module {module} was not closed as it should be: {reason}", {
        module: this.module.name,
        reason: messageOf(error),
      });
    }
  }

  /** Runs it once. True when it failed and is to be started again. */
  async #fails(life: Life): Promise<boolean> {
    const { clock } = this.#deps;
    const startedAtMs = clock.monotonic();
    try {
      this.#condition.enter("starting");
      const collector = this.#collector ?? await this.#create();
      if (life.wasGivenUp) return false;
      this.#collector = collector;
      this.#condition.enter("running");
      await collector.run(life.stop.signal);
      return false;
    } catch (error) {
      if (life.wasGivenUp) return false;
      if (clock.monotonic() - startedAtMs > LONGEST_WAIT_MS) this.#waitMs = FIRST_WAIT_MS;
      this.#noteFailure(error);
      return true;
    }
  }

  async #create(): Promise<Collector> {
    const fence = this.#fence = new Fence(this.context);
    return await this.module.create(this.#options, fence.context);
  }

  #noteFailure(error: unknown): void {
    const reason = this.#condition.fail(error);
    this.context.log.error("Module {module} failed and starts again in {wait_ms} ms: {reason}", {
      module: this.module.name,
      wait_ms: this.#waitMs,
      reason,
    });
  }
}

function notNow(name: string, why: string, hint: string): AgentError {
  return new AgentError("failed", `Module "${name}" ${why}`, { hint });
}
