/**
 * What happened to a module since the agent started.
 *
 * @module
 */

import { Durations } from "../../shared/durations.ts";

/** Counters of one module, through all its starts and options. */
export class ModuleCounts {
  /** Times that it was started. */
  runs = 0;
  /** Scans that somebody asked for and that ended well. */
  readonly scans = new Durations();
  readonly #errors = new Map<string, number>();

  /** Counts an error; `run` ended it, `scan` ended only a scan. */
  error(kind: "run" | "scan"): void {
    this.#errors.set(kind, (this.#errors.get(kind) ?? 0) + 1);
  }

  /** How many there were of each kind. */
  get errors(): Record<string, number> {
    return Object.fromEntries(this.#errors);
  }
}
