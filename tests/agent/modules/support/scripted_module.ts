/**
 * A module made of a function, and a runner of such modules.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Collector, CollectorReport } from "../../../../src/agent/modules/collector.ts";
import type { Module, ModuleContext } from "../../../../src/agent/modules/module.ts";
import { ModuleRunner } from "../../../../src/agent/modules/module_runner.ts";
import type { AnyOptions } from "../../../../src/agent/modules/module_run.ts";
import type { StateKeeper } from "../../../../src/agent/modules/states.ts";
import * as field from "../../../../src/shared/config/fields.ts";
import type { FakeClock } from "../../../support/fake_clock.ts";
import { RecordingSink } from "./recording_sink.ts";

/** What a {@linkcode ScriptedModule} does each time it runs; `run` counts from 1. */
export type Script = (
  context: ModuleContext,
  signal: AbortSignal,
  run: { run: number; options: AnyOptions },
) => Promise<void>;

/** A {@linkcode Module} that counts its runs. */
export class ScriptedModule implements Module {
  readonly about = "Does what a test says.";
  readonly options = { enabled: field.toggle({ default: true, about: "Whether it runs." }) };
  /** Times that `create` was called, and that what it made was run. */
  made = 0;
  runs = 0;
  reported: CollectorReport = { details: { things: 3 } };
  /** Asked with the options before anything is made. */
  check: (options: AnyOptions) => void = () => {};
  scan: Collector["scan"] = undefined;
  /** Members of what is made beside `run` and `report`. */
  extras: Pick<Collector, "takeOver" | "close" | "progress"> = {};
  platforms: NonNullable<Module["platforms"]> = ["linux", "darwin", "windows"];

  constructor(readonly name: string, readonly script: Script) {}

  create(options: AnyOptions, context: ModuleContext): Collector | Promise<Collector> {
    this.check(options);
    this.made++;
    return {
      run: (signal) => this.script(context, signal, { run: ++this.runs, options }),
      report: () => this.reported,
      ...(this.scan && { scan: this.scan }),
      ...this.extras,
    };
  }
}

/** Runs until it is told to end. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Of the states of a module only their schema is asked for. */
const KEEPER = { schema: "6.0" } as StateKeeper;

/** Starts modules; all of them are enabled unless `options` say otherwise. */
export function runModules(
  clock: FakeClock,
  modules: readonly Module[],
  options: Record<string, AnyOptions> = {},
) {
  const sink = new RecordingSink();
  const stop = new AbortController();
  const runner = new ModuleRunner(modules, {
    clock,
    platform: "linux",
    optionsOf: (name) => options[name] ?? { enabled: true },
    contextFor: (name) => ({
      sink,
      clock,
      ...(modules.some((module) => module.name === name && module.states) && { states: KEEPER }),
      tables: { transact: () => Promise.reject(new Error("no tables")) },
      log: getLogger(["test", name]),
      whyNotRead: () => undefined,
      host: () => ({
        architecture: "",
        hostname: "",
        ip: [],
        os: { name: "", type: "", version: "" },
      }),
    }),
  });
  runner.start(stop.signal);
  const only = () => {
    const [status] = runner.status();
    if (status === undefined) throw new Error("no modules");
    return status;
  };
  return { sink, stop, runner, only };
}
