/**
 * Checks of modules: whether each can do its work on this machine, and what to do when not.
 *
 * @module
 */

import { hash } from "node:crypto";
import type { Clock } from "../../shared/clock.ts";
import type { Platform } from "../../shared/config/platform.ts";
import { messageOf } from "../../shared/errors.ts";
import type { Check, CheckPlace, CheckResult } from "./check.ts";
import type { Module } from "./module.ts";

/** A check that was run, or skipped because its module is disabled or works on other systems only. */
export interface CheckReport {
  module: string;
  /** `<module>.<id of the check>`. */
  id: string;
  group: "modules";
  /** The option that is to blame when it fails, such as `logcollector.localfiles`. */
  option: string;
  status: CheckResult["status"] | "skip";
  message: string;
  try: string | null;
  /** How long it took, in milliseconds. */
  ms: number;
}

/** Runs every check of `modules` one after the other; `optionsOf` gives the options of a module. */
export async function runModuleChecks(
  modules: readonly Module[],
  { optionsOf, clock, ...how }: {
    optionsOf: (name: string) => { enabled: boolean };
    platform: Platform;
    clock: Clock;
    signal: AbortSignal;
  } & CheckPlace,
): Promise<CheckReport[]> {
  const reports: CheckReport[] = [];
  for (const module of modules) {
    const options = optionsOf(module.name);
    for (const check of module.checks?.() ?? []) {
      how.signal.throwIfAborted();
      const startedAtMs = clock.monotonic();
      const found = await runCheck(module, check, { options, ...how });
      const ms = clock.monotonic() - startedAtMs;
      const id = `${module.name}.${check.id}`;
      const option = `${module.name}.${check.option ?? "enabled"}`;
      const where = { module: module.name, id, group: "modules", option } as const;
      reports.push({ ...where, try: null, ...found, ms });
    }
  }
  return reports;
}

function reasonToSkip(
  { platforms }: Module,
  { options, platform }: { options: { enabled: boolean }; platform: Platform },
): { status: "skip"; message: string } | undefined {
  if (!options.enabled) return { status: "skip", message: "the module is disabled" };
  if (platforms?.includes(platform) ?? true) return undefined;
  return { status: "skip", message: `the module works on ${platforms?.join(" and ")} only` };
}

/** Runs one check of a module, unless that is disabled or works on other systems only. */
export async function runCheck<Options extends { enabled: boolean }>(
  module: Module,
  check: Check<Options>,
  { options, platform, signal, dataFolder }: {
    options: Options;
    platform: Platform;
    signal: AbortSignal;
  } & CheckPlace,
): Promise<CheckResult | { status: "skip"; message: string }> {
  const skipped = reasonToSkip(module, { options, platform });
  if (skipped !== undefined) return skipped;
  try {
    return await check.run(options, signal, { dataFolder });
  } catch (error) {
    signal.throwIfAborted();
    return { status: "fail", message: messageOf(error) };
  }
}

/** The same for the same options: whoever asks another process for a check can tell whether that looks with the same. */
export function optionsDigest(options: object): string {
  return hash("sha256", JSON.stringify(options));
}
