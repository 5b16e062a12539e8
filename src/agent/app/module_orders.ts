/**
 * What the server, or a person through the local API, has modules do: be enabled or disabled, scan, forget what the server said.
 *
 * The server's word is kept in the data folder and put in force by a reload; when that fails the word before is kept.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
import { placeText } from "../../shared/config/given.ts";
import { currentPlatform } from "../../shared/config/platform.ts";
import type { Option } from "../../shared/config/options.ts";
import { AgentError } from "../../shared/errors.ts";
import type {
  ModuleDocuments,
  ModuleReset,
  ModuleScan,
  ReloadReport,
} from "../../shared/protocol/local_api.ts";
import type { LoadedConfig } from "../config/load.ts";
import {
  type ModuleOverride,
  readModuleOverrides,
  setAsideDamagedOverrides,
  writeModuleOverride,
} from "../config/module_overrides.ts";
import { mayTurnOff } from "../config/remote_bounds.ts";
import type { AgentConfig } from "../config/schema.ts";
import type { Module } from "../modules/module.ts";
import type { ModuleFile } from "../../shared/protocol/part_status.ts";
import { type ModuleRunner, requireModule } from "../modules/module_runner.ts";

/** What {@linkcode ModuleOrders} are built with. */
interface ModuleOrdersDeps {
  modules: readonly Module[];
  options: ReadonlyMap<string, Option>;
  dataFolder: string;
  runner: Pick<ModuleRunner, "scan" | "files">;
  /** What is kept at the server; each returns the collectors that it is about. */
  states: {
    resync(module: string): string[];
    keep(module: string): Promise<string[]>;
  };
  clock: Clock;
  /** The options in force. */
  config: () => AgentConfig;
  /** Where the options in force were given. */
  places: () => LoadedConfig["places"];
  reload: (prepare: () => void) => Promise<ReloadReport>;
}

/** Carries out what is asked of modules. */
export class ModuleOrders {
  readonly #deps: ModuleOrdersDeps;

  constructor(deps: ModuleOrdersDeps) {
    this.#deps = deps;
  }

  /** The files that modules follow. */
  files(): ModuleFile[] {
    return this.#deps.runner.files();
  }

  /**
   * Enables or disables a module by order of the server, until it is reset.
   *
   * @throws {AgentError} `usage` when there is no such module, `failed` when the machine's owner keeps this to himself or the module
   *   cannot be started; then everything is as it was
   */
  async switch(name: string, enabled: boolean): Promise<void> {
    requireAvailable(requireModule(name, this.#deps.modules), enabled);
    this.#requireAllowed(name, enabled);
    const at = new Date(this.#deps.clock.now()).toISOString();
    await this.#change(name, { enabled, by: "server", at });
  }

  /**
   * Forgets what the server said of a module.
   *
   * @throws {AgentError} as {@linkcode switch} does
   */
  async reset(name: string): Promise<ModuleReset> {
    const { dataFolder, modules } = this.#deps;
    requireModule(name, modules);
    const set_aside_as = setAsideDamagedOverrides(dataFolder) ?? null;
    const removed = readModuleOverrides(dataFolder).get(name);
    if (removed === undefined) return { name, removed: null, set_aside_as, reload: null };
    return { name, removed, set_aside_as, reload: await this.#change(name, undefined) };
  }

  /**
   * Has the documents of a module compared with those of the server soon.
   *
   * @throws {AgentError} `usage` when there is no such module, `failed` when it keeps no documents
   */
  resync(name: string): ModuleDocuments {
    this.#requireStates(name);
    return { name, collectors: this.#deps.states.resync(name) };
  }

  /**
   * Leaves the documents of a module at the server when it is disabled next.
   *
   * @throws {AgentError} as {@linkcode resync} does
   */
  async keep(name: string): Promise<ModuleDocuments> {
    this.#requireStates(name);
    return { name, collectors: await this.#deps.states.keep(name) };
  }

  #requireStates(name: string): void {
    if (requireModule(name, this.#deps.modules).states !== undefined) return;
    throw new AgentError("failed", `Module "${name}" keeps no documents at the server`, {
      hint: "agent status shows which modules do",
    });
  }

  /**
   * Has a module scan now; resolves when it is over.
   *
   * @throws {AgentError} `usage` when there is no such module, `failed` when it cannot scan now
   */
  async scan(name: string, signal: AbortSignal): Promise<ModuleScan> {
    const { runner, clock } = this.#deps;
    const startedAtMs = clock.monotonic();
    await runner.scan(name, signal);
    return { name, took_ms: Math.round(clock.monotonic() - startedAtMs) };
  }

  /** What a group may not set, an order may not either. */
  #requireAllowed(name: string, enabled: boolean): void {
    const path = `${name}.enabled`;
    const place = this.#deps.places().get(path);
    if (!this.#deps.options.get(path)?.shareable) {
      throw new AgentError("failed", `${path} is set on the machine itself only`, {
        hint: `on the machine: agent modules ${enabled ? "enable" : "disable"} ${name}`,
      });
    }
    if (!enabled && !mayTurnOff(path, this.#deps.config())) {
      throw new AgentError("failed", `The server may not turn ${name} off on this machine`, {
        hint: `remote.allow.options of the machine's file must have ${path}`,
      });
    }
    if (place?.source === "environment" || place?.source === "flag") {
      const message = `${path} is set by ${placeText(place)}, which is stronger than an order`;
      throw new AgentError("failed", message, { hint: "change it where the agent is started" });
    }
  }

  async #change(name: string, override: ModuleOverride | undefined): Promise<ReloadReport> {
    const { dataFolder, reload } = this.#deps;
    // Until the file is written there is nothing to undo.
    let restore = () => {};
    try {
      const report = await reload(() => {
        // What nobody can understand must not keep a new word out.
        setAsideDamagedOverrides(dataFolder);
        const before = readModuleOverrides(dataFolder).get(name);
        writeModuleOverride(dataFolder, name, override);
        restore = () => writeModuleOverride(dataFolder, name, before);
      });
      const failure = report.failed.find(({ option }) => option === `${name}.enabled`);
      if (failure === undefined) return report;
      throw new AgentError("failed", `Module "${name}" cannot be changed: ${failure.reason}`, {
        hint: "agent modules",
      });
    } catch (error) {
      restore();
      throw error;
    }
  }
}

function requireAvailable({ name, platforms }: Module, enabled: boolean): void {
  if (!enabled || (platforms?.includes(currentPlatform()) ?? true)) return;
  throw new AgentError("failed", `Module "${name}" works on ${platforms?.join(" and ")} only`, {
    hint: "send the order to agents on such systems",
  });
}
