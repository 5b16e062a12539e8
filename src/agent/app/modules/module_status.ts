/**
 * How the modules of the running agent stand: what the runner says of each, and what others know of it.
 *
 * @module
 */

import type {
  ModuleProblem,
  ModuleStatus,
  StateStatus,
} from "../../../shared/protocol/part_status.ts";
import type { LoadedConfig } from "../../config/load.ts";
import type { Module } from "../../modules/module.ts";
import type { ModuleRunner } from "../../modules/module_runner.ts";
import type { LibcLibrary } from "../../platform/libc/library.ts";
import { withEnabledBy, withProblems, withStates } from "../../status/module_report.ts";
import { enabledBy } from "../stopped/stopped_modules.ts";

/** What the status of modules is made of, beside what the runner says. */
interface ModuleStatusParts {
  places: LoadedConfig["places"];
  modules: readonly Module[];
  statesOf: (name: string) => StateStatus[] | undefined;
  library: LibcLibrary;
  /** False for what this machine's owner does not mind: `health.unmatched_location`. */
  isMinded: (problem: ModuleProblem) => boolean;
  /** ISO 8601: when the agent started. */
  startedAt: string;
}

/** How the modules stand, who says of each whether it is enabled, what it keeps at the server, and what it lacks. */
export function moduleStatus(
  runner: Pick<ModuleRunner, "status">,
  { places, modules, statesOf, library, isMinded, startedAt }: ModuleStatusParts,
): ModuleStatus[] {
  return runner.status().map((status) => {
    const { name, enabled } = status;
    const lost = modules.find((module) => module.name === name)?.lostWithoutLibc;
    const lacks = enabled && lost !== undefined && withoutLibc(library, { lost, startedAt });
    const known = withEnabledBy(status, enabledBy(name, places));
    const further = lacks ? [lacks] : [];
    return withProblems(withStates(known, statesOf(name)), { further, isMinded });
  });
}

/** The library is opened only where a module has a use for it. */
function withoutLibc(
  { missing }: LibcLibrary,
  { lost, startedAt }: { lost: string; startedAt: string },
): ModuleProblem | undefined {
  return missing === undefined ? undefined : {
    code: "no_c_library",
    subject: "C library",
    message: `without it this is missing: ${lost} (${missing})`,
    since: startedAt,
    hint: "run the agent as a package installs it, on a system with glibc",
  };
}
