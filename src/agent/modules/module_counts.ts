/**
 * What happened to a module since the agent started.
 *
 * @module
 */

import type { ChildKeeper, ChildUse } from "./module.ts";
import { CpuMeter } from "../../shared/cpu_meter.ts";
import { Durations } from "../../shared/durations.ts";

/** Counters of one module, through all its starts and options. */
export class ModuleCounts {
  /** Times that it was started. */
  runs = 0;
  /** Scans that somebody asked for and that ended well. */
  readonly scans = new Durations();
  /** CPU time in this process, as far as the module has it measured. */
  readonly cpu = new CpuMeter();
  /** CPU time of the processes that it started and that have ended. */
  childCpuMs = 0;
  /** Most memory that one of them was seen to use. */
  childPeakBytes = 0;
  readonly #errors = new Map<string, number>();

  /** Counts an error; `run` ended it, `scan` ended only a scan, `child` is a process that was killed. */
  error(kind: "run" | "scan" | "child"): void {
    this.#errors.set(kind, (this.#errors.get(kind) ?? 0) + 1);
  }

  /** How many there were of each kind. */
  get errors(): Record<string, number> {
    return Object.fromEntries(this.#errors);
  }

  /** `children` that counts what each used. */
  countedChildren(children: ChildKeeper): ChildKeeper {
    return {
      watch: async (pid, signal, options) => {
        const use = await children.watch(pid, signal, options);
        this.#addChild(use);
        return use;
      },
    };
  }

  #addChild({ cpuMs, peakBytes, killedFor }: ChildUse): void {
    this.childCpuMs += cpuMs;
    this.childPeakBytes = Math.max(this.childPeakBytes, peakBytes);
    if (killedFor !== undefined) this.error("child");
  }
}
