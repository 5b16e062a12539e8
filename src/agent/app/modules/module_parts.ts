/**
 * Builds what runs the modules.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { hash } from "node:crypto";
import type { Clock } from "../../../shared/clock.ts";
import { currentPlatform } from "../../../shared/config/platform.ts";
import { type AgentConfig, moduleOptions } from "../../config/schema.ts";
import type { Module, ModuleContext } from "../../modules/module.ts";
import { ModuleRunner } from "../../modules/module_runner.ts";
import { readHostInfo } from "../../platform/host_info.ts";
import { QueueEventSink } from "../../queue/event_sink.ts";
import type { Queue } from "../../queue/queue.ts";
import { databasePath } from "../queue/queue_settings.ts";

/** What modules are built on. */
interface ModuleRunnerParts {
  config: AgentConfig;
  queue: Queue;
  clock: Clock;
  /** The documents that a module keeps at the server, by its name. @default it keeps none */
  statesOf?: (name: string) => ModuleContext["states"];
  whyNotRead: ModuleContext["whyNotRead"];
  /** What keeps the processes of modules within bounds. @default nothing */
  children?: ModuleContext["children"];
  /** Decides when in a fleet this agent scans first. @default nobody knows */
  agentId?: string;
}

/** Whether a module that is enabled starts programs. */
export function modulesStartPrograms(modules: readonly Module[], config: AgentConfig): boolean {
  return modules.some(({ name, startsPrograms = false }) =>
    startsPrograms && moduleOptions(config, name).enabled
  );
}

/** Builds the runner. Starts nothing. */
export function createModuleRunner(
  modules: readonly Module[],
  { config, ...parts }: ModuleRunnerParts,
): ModuleRunner {
  return new ModuleRunner(modules, {
    optionsOf: (name) => moduleOptions(config, name),
    contextFor: (name) => createContext(name, { ...parts, config }),
    clock: parts.clock,
    platform: currentPlatform(),
  });
}

function createContext(
  name: string,
  { config, queue, clock, statesOf, whyNotRead, children, agentId }: ModuleRunnerParts,
): ModuleContext {
  const states = statesOf?.(name);
  const dataFolder = config.agent.path.data;
  return {
    places: { dataFolder, database: databasePath(dataFolder) },
    ...(states && { states }),
    ...(children && { children }),
    ...(agentId !== undefined && { fleetShare: fleetShare(agentId, name) }),
    sink: new QueueEventSink(queue, name),
    tables: { transact: (work) => queue.transact(({ database }) => work(database)) },
    clock,
    log: getLogger(["agent", "modules", name]),
    host: readHostInfo,
    whyNotRead,
  };
}

/** The same agents come in another order for each module. */
function fleetShare(agentId: string, module: string): number {
  const bytes = hash("sha1", `${module}:${agentId}`, "buffer");
  return bytes.readUIntBE(0, 6) / 2 ** 48;
}
