/**
 * Runs the modules side by side and keeps them apart: one that fails or gets other options is
 * started again, and the others go on.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
import type { Platform } from "../../shared/config/platform.ts";
import { nearest } from "../../shared/config/suggest.ts";
import { AgentError } from "../../shared/errors.ts";
import type { ModuleFile, Progress } from "../../shared/protocol/part_status.ts";
import type { Executor } from "../commands/types.ts";
import type { Module, ModuleContext } from "./module.ts";
import { moduleExecutors } from "./module_executors.ts";
import { type AnyOptions, ModuleRun } from "./module_run.ts";
import type { Asker } from "./asker.ts";
import type { RunStatus } from "./run_status.ts";
import type { ScanWish } from "./scan_turns.ts";

/** What a {@linkcode ModuleRunner} is built with. */
interface ModuleRunnerDeps {
  contextFor(name: string): ModuleContext;
  /** The options that the module of this name begins with. */
  optionsOf(name: string): AnyOptions;
  clock: Clock;
  platform: Platform;
}

/** Starts, watches, changes and stops modules. */
export class ModuleRunner {
  readonly #runs: readonly ModuleRun[];
  readonly #stop = new AbortController();

  constructor(modules: readonly Module[], deps: ModuleRunnerDeps) {
    const { clock, platform } = deps;
    this.#runs = modules.map((module) =>
      new ModuleRun(module, deps.optionsOf(module.name), {
        context: deps.contextFor(module.name),
        clock,
        isAvailable: module.platforms?.includes(platform) ?? true,
      })
    );
  }

  /** Starts every module that is enabled; they run until the signal is aborted. Call it once. */
  start(signal: AbortSignal): void {
    signal.addEventListener("abort", () => this.#stop.abort(signal.reason), { once: true });
    if (signal.aborted) this.#stop.abort(signal.reason);
    for (const run of this.#runs) run.start(this.#stop.signal);
  }

  /** Tells every module to end and resolves once all have. */
  async stop(): Promise<void> {
    this.#stop.abort("stopping");
    await Promise.all(this.#runs.map((run) => run.ended()));
  }

  /**
   * Has one module go on with other options; the others do not notice.
   *
   * @throws what the module said of them; it then goes on with the old ones
   */
  async change(name: string, options: AnyOptions): Promise<void> {
    await this.#find(name).change(options, this.#stop.signal);
  }

  /**
   * Has one module scan now.
   *
   * @throws {AgentError} `usage` when there is no such module or collector, `failed` when it cannot scan now
   */
  async scan(name: string, signal: AbortSignal, wish: ScanWish = {}): Promise<void> {
    await this.#find(name).scan(wish, signal);
  }

  /**
   * Has one module rest, or go on after that; `by` says who wants it to rest.
   *
   * @throws {AgentError} `usage` when there is no such module, `failed` when it is disabled or cannot work here
   */
  async pause(name: string, by: Asker): Promise<void> {
    await this.#find(name).pause(by);
  }

  /** The end of {@linkcode pause}; throws as that does. */
  async resume(name: string, by: Asker): Promise<void> {
    await this.#find(name).resume(by, this.#stop.signal);
  }

  /** Whether a module gets on; `undefined` when it does not run, or cannot tell. */
  progress(name: string): Progress | undefined {
    return this.#find(name).progress();
  }

  /**
   * Puts a new collector in the place of one that is stuck; the others do not notice.
   *
   * @throws what the module said of its options
   */
  async restart(name: string): Promise<void> {
    await this.#find(name).restart(this.#stop.signal);
  }

  /** The executors that modules bring. To be called once. */
  executors(): Executor[] {
    return moduleExecutors(this.#runs);
  }

  /** The files that modules follow. */
  files(): ModuleFile[] {
    return this.#runs.flatMap((run) =>
      run.files().map((file) => ({ module: run.module.name, ...file }))
    );
  }

  /** How each module stands. */
  status(): RunStatus[] {
    return this.#runs.map((run) => run.status());
  }

  #find(name: string): ModuleRun {
    requireModule(name, this.#runs.map(({ module }) => module));
    return this.#runs.find(({ module }) => module.name === name) as ModuleRun;
  }
}

/**
 * The module of this name.
 *
 * @throws {AgentError} `usage` when there is none, with the one that was perhaps meant
 */
export function requireModule(name: string, modules: readonly Module[]): Module {
  const module = modules.find((candidate) => candidate.name === name);
  if (module !== undefined) return module;
  const names = modules.map((candidate) => candidate.name);
  const meant = nearest(name, names);
  const suggestion = meant === undefined ? "" : `, did you mean "${meant}"?`;
  throw new AgentError("usage", `There is no module ${JSON.stringify(name)}${suggestion}`, {
    hint: `name one of these: ${names.join(", ")}`,
  });
}
