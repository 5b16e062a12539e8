/**
 * One module through all its starts and options.
 *
 *     disabled, unavailable ── options ──▶ starting ──▶ running ◀──▶ waiting, scanning
 *            ▲   paused ────── resume ──────▶ ▲  │         │
 *            │     ▲                          │  │         │
 *            └─────┴──── stopping ◀───────────┼──┴─────────┤ options, pause, stop
 *                                             └─ failed ◀──┘ an error
 *
 * The wait after a failure doubles each time up to a limit, and is short again once the module has run for longer than that limit.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
import type { FollowedFile, ModuleState, Progress } from "../../shared/protocol/part_status.ts";
import type { Asker } from "./asker.ts";
import type { Collector } from "./collector.ts";
import { countedContext } from "./counted_context.ts";
import { CountingSink } from "./counting_sink.ts";
import { Fence } from "./fence.ts";
import type { Module, ModuleContext, ModuleFields, OptionsOf } from "./module.ts";
import { ModuleCondition } from "./module_condition.ts";
import { ModuleCounts } from "./module_counts.ts";
import { ModuleLife } from "./module_life.ts";
import { notRunning, requireMayResume, requireWanted } from "./refusals.ts";
import { runProgress } from "./run_progress.ts";
import { type RunStatus, runStatus } from "./run_status.ts";
import { ScanTurns, type ScanWish } from "./scan_turns.ts";
import { closeCollector, tellFailure, tellGivenUp, tellUnavailable } from "./told_troubles.ts";
import { ModuleUnavailable, RETRY_UNAVAILABLE_MS } from "./unavailable.ts";

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 300_000;
/** An append that takes longer than this is not a commit but a queue that pushes back. */
const PUSH_BACK_MS = 1_000;

/** Time for a module that is stuck to end when it is told to. */
const END_TIMEOUT_MS = 5_000;
/** Why a life ends after which another one begins, now or when it is resumed. */
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
  #life: ModuleLife | undefined;
  #changing: Promise<void> | undefined;
  #isChanging = false;
  readonly #scans: ScanTurns;
  readonly #counts = new ModuleCounts();
  /** Who has it rest; `undefined` while it may work. */
  #pausedBy: Asker | undefined;
  readonly #condition: ModuleCondition;
  #waitMs = FIRST_WAIT_MS;

  constructor(module: Module, options: AnyOptions, deps: ModuleRunDeps) {
    this.module = module;
    this.#options = options;
    this.#deps = deps;
    this.#sink = new CountingSink(deps.context.sink, deps.clock);
    this.context = countedContext(deps.context, this.#sink, this.#counts);
    this.#scans = new ScanTurns(deps.context.log, this.#counts, deps.clock);
    this.#condition = new ModuleCondition(deps.clock, this.#idleState());
  }

  /** The options in force. */
  get options(): AnyOptions {
    return this.#options;
  }

  /** Starts it, if it is enabled and works here, until the signal is aborted or the options change. */
  start(signal: AbortSignal): void {
    if (!this.#options.enabled) this.#pausedBy = undefined;
    const isToRest = this.#pausedBy !== undefined || !this.#isWanted(this.#options);
    if (signal.aborted || isToRest) return this.#condition.enter(this.#idleState());
    const life = new ModuleLife();
    const onAbort = () => {
      this.#condition.enter("stopping");
      life.stop.abort(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    this.#life = life;
    life.begin(this.#keepRunning(life), () => signal.removeEventListener("abort", onAbort));
  }

  /** Resolves once what was started last has ended, and a change under way is done. */
  async ended(): Promise<void> {
    await this.#changing;
    await this.#life?.ended;
    if (this.#pausedBy !== undefined) await this.#close(this.#collector);
  }

  /**
   * Has it rest; resolves when it does. What it has open it keeps, and goes on from there. A pause ends with the agent.
   *
   * @param by who says so; a person's word takes the place of the server's
   * @throws {AgentError} `failed` when it is not enabled, or cannot work here
   */
  async pause(by: Asker): Promise<void> {
    await this.#changing;
    requireWanted(this.status());
    const before = this.#pausedBy;
    if (before !== "person") this.#pausedBy = by;
    if (before !== undefined) return;
    const resting = this.#stop().then(() => this.#condition.enter(this.#idleState()));
    this.#changing = resting;
    await resting;
  }

  /**
   * Has it go on after a pause, until the signal is aborted.
   *
   * @throws {AgentError} `failed` when it is not enabled, cannot work here, or rests by the word of a person and the server asks
   */
  async resume(asker: Asker, signal: AbortSignal): Promise<void> {
    await this.#changing;
    requireWanted(this.status());
    if (this.#pausedBy === undefined) return;
    requireMayResume(this.status().name, this.#pausedBy, asker);
    const by = this.#pausedBy;
    this.#pausedBy = undefined;
    try {
      await this.change(this.#options, signal);
    } catch (error) {
      this.#pausedBy = by;
      throw error;
    }
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
   * Puts a new collector in the place of one that is stuck. One that does not end when it is told to is given up: it can store nothing
   * any more, and the new one begins with its checkpoints.
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

  #giveUp(life: ModuleLife): void {
    if (life !== this.#life) return;
    tellGivenUp(this.#about);
    this.#fence?.close();
    // Whoever is stuck in it can neither hand on nor put away what it holds.
    this.#closed = this.#collector;
    life.giveUp();
  }

  /** Whether it gets on; `undefined` when it does not run, or cannot tell. */
  progress(): Progress | undefined {
    return runProgress(this.#condition.state, this.#sink, this.#collector);
  }

  /** True when `next` goes on with what the one before it holds open. */
  #handOn(next: Collector | undefined): boolean {
    const previous = this.#collector;
    if (previous === undefined || previous === this.#closed || !next?.takeOver) return false;
    next.takeOver(previous);
    return true;
  }

  /**
   * Has it scan now; resolves when the scan is over, or has begun. Who asks while a scan is under way waits for that one.
   *
   * @throws {AgentError} `failed` when it does not scan, or does not run now; `usage` when it has no such collector
   * @throws the signal's reason when aborted
   */
  async scan(wish: ScanWish, signal: AbortSignal): Promise<void> {
    const collector = this.#collector;
    const stop = this.#life?.stop.signal;
    if (this.#condition.state !== "running" || !stop || !collector) throw notRunning(this.status());
    const { name: module, states } = this.module;
    const { schema } = this.context.states ?? {};
    const names = (schema && states?.collectors(this.#options, schema)) ?? [];
    await this.#scans.scan({ module, collector, names, stop }, wish, signal);
  }

  /** The files that it follows. */
  files(): FollowedFile[] {
    return this.#collector?.files?.() ?? [];
  }

  /** How it stands, but for who says whether it is enabled. */
  status(): RunStatus {
    return runStatus({
      module: this.module,
      enabled: this.#options.enabled,
      collector: this.#collector,
      sink: this.#sink,
      counts: this.#counts,
      failure: this.#condition.failure,
      hint: this.#condition.hint,
      pausedBy: this.#pausedBy,
      ...this.#condition.shown({
        blockedSinceMs: this.#sink.blockedSinceMs(PUSH_BACK_MS),
        isScanning: this.#scans.isScanning,
      }),
    });
  }

  get #about() {
    return { log: this.context.log, module: this.module.name };
  }

  #isWanted({ enabled }: AnyOptions): boolean {
    return enabled && this.#deps.isAvailable;
  }

  #idleState(): ModuleState {
    if (!this.#options.enabled) return "disabled";
    if (!this.#deps.isAvailable) return "unavailable";
    return this.#pausedBy === undefined ? "stopped" : "paused";
  }

  async #stop(): Promise<void> {
    if (this.#life === undefined) return;
    this.#condition.enter("stopping");
    this.#life.stop.abort(CHANGED);
    await this.#life.ended;
    this.#life = undefined;
  }

  /** Starts it again until it ends by itself or the signal is aborted. Never rejects. */
  async #keepRunning(life: ModuleLife): Promise<void> {
    const { signal } = life.stop;
    while (!signal.aborted && await this.#fails(life)) {
      if (this.#condition.state === "unavailable") {
        await this.#deps.clock.sleep(RETRY_UNAVAILABLE_MS, signal).catch(() => {});
        continue;
      }
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
    await closeCollector(this.#about, collector);
  }

  /** Runs it once. True when it failed and is to be started again. */
  async #fails(life: ModuleLife): Promise<boolean> {
    const { clock } = this.#deps;
    const startedAtMs = clock.monotonic();
    this.#counts.runs++;
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
    const wasUnavailable = this.#condition.failure;
    const reason = this.#condition.fail(error);
    if (error instanceof ModuleUnavailable) {
      if (reason !== wasUnavailable) tellUnavailable(this.#about, error);
      return;
    }
    this.#counts.error("run");
    tellFailure(this.#about, reason, this.#waitMs);
  }
}
