/**
 * Every option of the agent: name, default, unit, range and reason. From this one schema come the
 * type, the JSON Schema, `agent config show` and the checks of a configuration.
 *
 * Durations are milliseconds and sizes bytes once loaded, under the same names:
 * `config.agent.retry_interval` is 1000.
 *
 * @module
 */

import * as z from "zod";
import { section, toggle } from "../../shared/config/fields.ts";
import type { Platform } from "../../shared/config/platform.ts";
import type { Module, ModuleFields, OptionsOf } from "../modules/module.ts";
import { requireDistinctNames } from "../modules/module_names.ts";
import { MODULES, type RegisteredModule } from "../modules/modules.ts";
import { agentOptions } from "./agent_section.ts";
import { healthOptions, metricsOptions } from "./health_section.ts";
import { eventsOptions, queueOptions, statefulOptions } from "./delivery_sections.ts";
import { remoteOptions } from "./remote_section.ts";
import { upgradeOptions } from "./upgrade_section.ts";
import {
  activeResponseOptions,
  commandsOptions,
  logOptions,
  modulesOptions,
} from "./other_sections.ts";

/** The sections of the registry's modules. */
type ModuleSections = {
  [M in RegisteredModule as M["name"]]: ReturnType<typeof section<SectionOf<M["options"]>>>;
};

/** A module's own fields, and the one that every section of a module has. */
type SectionOf<Fields extends ModuleFields> = Fields & { locked: ReturnType<typeof lockField> };

/** What the configuration depends on. */
interface SchemaOptions {
  /** Decides the default folders. @default "linux" */
  platform?: Platform;
  /** @default those of the registry */
  modules?: readonly Module[];
}

/**
 * The schema: a section for each part of the agent and for each module.
 *
 * @throws {TypeError} when a module has the name of another one, or of a section of the agent
 */
export function configSchema({ platform = "linux", modules = MODULES }: SchemaOptions = {}) {
  const { before, behind } = agentSections(platform);
  requireDistinctNames(modules, Object.keys({ ...before, ...behind }));
  return z.strictObject({ ...before, ...moduleSections(modules), ...behind }).meta({
    title: "agent.yaml",
    description: "Configuration of the agent. The agent also takes nested keys written dotted, " +
      "such as path.data.",
  });
}

/** The agent's own sections, those of its modules stand between. */
function agentSections(platform: Platform) {
  const before = {
    agent: section("The agent and its server.", agentOptions(platform)),
    queue: section("The queue on disk between the modules and the server.", queueOptions()),
    events: section(
      "How events are put into batches and sent.",
      eventsOptions(),
      { live: true, shareable: true },
    ),
    stateful: section(
      "Documents at the server that say what the machine has: how they are kept the same.",
      statefulOptions(),
      { live: true },
    ),
    log: section("What the agent says about itself on standard error.", logOptions()),
    health: section(
      "When agent status calls the agent degraded or failing.",
      healthOptions(),
      { live: true, shareable: true },
    ),
    metrics: section("The status in numbers, for Prometheus.", metricsOptions()),
  };
  const behind = {
    commands: section(
      "Commands that the server sends.",
      commandsOptions(),
      { live: true, shareable: true },
    ),
    remote: section(
      "How far the server's power goes. Set in the file of this machine, its environment or flags.",
      remoteOptions(platform),
      { live: true },
    ),
    modules: section("Bounds of what modules run.", modulesOptions(), { live: true }),
    active_response: section(
      "Responses and scripts that the server may run.",
      activeResponseOptions(),
    ),
    upgrade: section("Replacing this agent by a newer one.", upgradeOptions(), { live: true }),
  };
  return { before, behind };
}

/** A loaded configuration: durations in milliseconds, sizes in bytes, paths absolute. */
export type AgentConfig = z.output<ReturnType<typeof configSchema>>;

/** The type is that of the registry: whoever hands in other modules reads their sections with {@linkcode moduleOptions}. */
function moduleSections(modules: readonly Module[]): ModuleSections {
  const sections = modules.map(({ name, about, options, platforms }) => {
    const where = platforms === undefined ? "" : ` Works on ${platforms.join(" and ")} only.`;
    const { enabled, ...others } = options;
    const fields = { enabled, locked: lockField(), ...others };
    return [name, section(about + where, fields, { live: true })] as const;
  });
  return Object.fromEntries(sections) as unknown as ModuleSections;
}

function lockField() {
  return toggle({
    default: false,
    about:
      "Whether no order of the server changes `enabled`, also none that is kept from before. " +
      "Set both here, and no group file changes it either.",
  });
}

/** The options of the module `name` in `config`: those of its own. */
export function moduleOptions(config: AgentConfig, name: string): OptionsOf<ModuleFields> {
  const { locked: _, ...own } = sectionIn(config, name) ?? { enabled: false };
  return own;
}

/** Whether orders of the server leave it alone whether the module `name` is enabled. */
export function isLocked(config: AgentConfig, name: string): boolean {
  return sectionIn(config, name)?.locked ?? false;
}

function sectionIn(config: AgentConfig, name: string) {
  type Section = OptionsOf<ModuleFields> & { locked?: boolean };
  return (config as unknown as Record<string, Section | undefined>)[name];
}
