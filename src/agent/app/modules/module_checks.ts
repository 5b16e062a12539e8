/**
 * What the checks of modules say of this machine, for whoever asks without a running agent.
 *
 * @module
 */

import { AnySignal } from "../../../shared/any_signal.ts";
import { systemClock } from "../../../shared/clock.ts";
import type { Problem } from "../../../shared/config/given.ts";
import { currentPlatform } from "../../../shared/config/platform.ts";
import type { LoadedConfig } from "../../config/load.ts";
import { moduleOptions } from "../../config/schema.ts";
import { type CheckReport, runModuleChecks } from "../../modules/checks.ts";
import type { Module } from "../../modules/module.ts";

/** What checks found that is not as it should be. */
interface ModuleFindings {
  /** The module cannot work here. */
  problems: Problem[];
  /** It can, but something is to be known. */
  warnings: string[];
  /** The right next step, when a check with a problem said one. */
  hint: string | undefined;
}

/** A check that looks at a share on a network may hang; all of them together have this long. */
const TIMEOUT_MS = 30_000;

/** Runs the checks of all enabled modules; none of them needs a running agent. */
export async function findModuleProblems(
  { config, places }: Pick<LoadedConfig, "config" | "places">,
  { modules, signal }: { modules: readonly Module[]; signal: AbortSignal },
): Promise<ModuleFindings> {
  using limited = new AnySignal(signal, AbortSignal.timeout(TIMEOUT_MS));
  const reports = await runModuleChecks(modules, {
    optionsOf: (name) => moduleOptions(config, name),
    platform: currentPlatform(),
    clock: systemClock,
    signal: limited.signal,
    dataFolder: config.agent.path.data,
  });
  const failed = reports.filter(({ status }) => status === "fail");
  return {
    problems: failed.map((report) => problemOf(report, places)),
    warnings: reports.filter(({ status }) => status === "warn").map(textOf),
    hint: failed.find((report) => report.try !== null)?.try ?? undefined,
  };
}

function problemOf(report: CheckReport, places: LoadedConfig["places"]): Problem {
  const path = report.option;
  return { path, place: places.get(path) ?? { source: "default" }, text: textOf(report) };
}

function textOf({ id, message }: CheckReport): string {
  return `${id}: ${message}`;
}
