/**
 * Builds what runs the modules, and says how they stand.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../shared/clock.ts";
import { currentPlatform } from "../../shared/config/platform.ts";
import type {
  ModuleProblem,
  ModuleStatus,
  StateStatus,
} from "../../shared/protocol/part_status.ts";
import type { LibcLibrary } from "../platform/libc/library.ts";
import type { LoadedConfig } from "../config/load.ts";
import { type AgentConfig, moduleOptions } from "../config/schema.ts";
import type { Module, ModuleContext } from "../modules/module.ts";
import { ModuleRunner } from "../modules/module_runner.ts";
import { readHostInfo } from "../platform/host_info.ts";
import { QueueEventSink } from "../queue/event_sink.ts";
import type { Queue } from "../queue/queue.ts";
import { enabledBy } from "./stopped_modules.ts";
import { withEnabledBy } from "../status/module_report.ts";

/** What modules are built on. */
interface ModuleRunnerParts {
  config: AgentConfig;
  queue: Queue;
  clock: Clock;
  /** The documents that a module keeps at the server, by its name. @default it keeps none */
  statesOf?: (name: string) => ModuleContext["states"];
  whyNotRead: ModuleContext["whyNotRead"];
}

/** Builds the runner. Starts nothing. */
export function createModuleRunner(
  modules: readonly Module[],
  { config, ...parts }: ModuleRunnerParts,
): ModuleRunner {
  return new ModuleRunner(modules, {
    optionsOf: (name) => moduleOptions(config, name),
    contextFor: (name) => createContext(name, parts),
    clock: parts.clock,
    platform: currentPlatform(),
  });
}

function createContext(
  name: string,
  { queue, clock, statesOf, whyNotRead }: Omit<ModuleRunnerParts, "config">,
): ModuleContext {
  const states = statesOf?.(name);
  return {
    ...(states && { states }),
    sink: new QueueEventSink(queue, name),
    tables: { transact: (work) => queue.transact(({ database }) => work(database)) },
    clock,
    log: getLogger(["agent", "modules", name]),
    host: readHostInfo,
    whyNotRead,
  };
}

/** What the status of modules is made of, beside what the runner says. */
interface ModuleStatusParts {
  places: LoadedConfig["places"];
  modules: readonly Module[];
  statesOf: (name: string) => StateStatus[] | undefined;
  library: LibcLibrary;
  /** ISO 8601: when the agent started. */
  startedAt: string;
}

/** How the modules stand, who says of each whether it is enabled, what it keeps at the server, and what it lacks. */
export function moduleStatus(
  runner: Pick<ModuleRunner, "status">,
  { places, modules, statesOf, library, startedAt }: ModuleStatusParts,
): ModuleStatus[] {
  return runner.status().map((status) => {
    const { name, enabled } = status;
    const states = statesOf(name);
    const lost = modules.find((module) => module.name === name)?.lostWithoutLibc;
    const lacks = enabled && lost !== undefined && withoutLibc(library, { lost, startedAt });
    return {
      ...withEnabledBy(status, enabledBy(name, places)),
      ...(lacks && { problems: [lacks, ...status.problems] }),
      ...(states && { states }),
    };
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
