/**
 * Checks of modules: whether each can do its work on this machine, and what to do when not.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
import { messageOf } from "../../shared/errors.ts";
import type { Check, CheckResult } from "./check.ts";
import type { Module } from "./module.ts";

/** A check that was run, or skipped because its module is disabled. */
interface CheckReport {
  /** `<module>.<id of the check>`. */
  id: string;
  group: "modules";
  status: CheckResult["status"] | "skip";
  message: string;
  try: string | null;
  /** How long it took, in milliseconds. */
  ms: number;
}

/** Runs every check of `modules` one after the other; `optionsOf` gives the options of a module. */
export async function runModuleChecks(
  modules: readonly Module[],
  { optionsOf, clock, signal }: {
    optionsOf: (name: string) => { enabled: boolean };
    clock: Clock;
    signal: AbortSignal;
  },
): Promise<CheckReport[]> {
  const reports: CheckReport[] = [];
  for (const module of modules) {
    const options = optionsOf(module.name);
    for (const check of module.checks?.() ?? []) {
      signal.throwIfAborted();
      const startedAtMs = clock.monotonic();
      const found = options.enabled ? await look(check, options, signal) : DISABLED;
      const ms = clock.monotonic() - startedAtMs;
      reports.push({ id: `${module.name}.${check.id}`, group: "modules", try: null, ...found, ms });
    }
  }
  return reports;
}

const DISABLED = { status: "skip", message: "the module is disabled" } as const;

async function look<Options>(
  check: Check<Options>,
  options: Options,
  signal: AbortSignal,
): Promise<CheckResult> {
  try {
    return await check.run(options, signal);
  } catch (error) {
    signal.throwIfAborted();
    return { status: "fail", message: messageOf(error) };
  }
}
