/**
 * What the server, or a person through the local API, has modules do: be enabled or disabled, rest, scan, forget what was said.
 *
 * @module
 */

import type { Clock } from "../../../shared/clock.ts";
import { placeText } from "../../../shared/config/given.ts";
import { currentPlatform } from "../../../shared/config/platform.ts";
import type { Option } from "../../../shared/config/options.ts";
import { AgentError } from "../../../shared/errors.ts";
import type {
  ModuleCheckReport,
  ModuleDocuments,
  ModuleReset,
  ModuleRest,
  ModuleScan,
  ModuleTerm,
  ReloadReport,
} from "../../../shared/protocol/local_api.ts";
import type { LoadedConfig } from "../../config/load.ts";
import { mayTurnOff } from "../../config/remote_bounds.ts";
import { type AgentConfig, isLocked, moduleOptions } from "../../config/schema.ts";
import { optionsDigest, runCheck } from "../../modules/checks.ts";
import type { Module } from "../../modules/module.ts";
import type { ModuleFile } from "../../../shared/protocol/part_status.ts";
import { type ModuleRunner, requireModule } from "../../modules/module_runner.ts";
import type { Asker } from "../../modules/asker.ts";
import type { ScanWish } from "../../modules/scan_turns.ts";
import { ModuleWords } from "./module_words.ts";

/** What {@linkcode ModuleOrders} are built with. */
interface ModuleOrdersDeps {
  modules: readonly Module[];
  options: ReadonlyMap<string, Option>;
  dataFolder: string;
  runner: Pick<ModuleRunner, "scan" | "pause" | "resume" | "files">;
  /** What is kept at the server; each returns the collectors that it is about. */
  states: {
    resync(module: string): string[];
    keep(module: string): Promise<string[]>;
  };
  clock: Clock;
  /** The options in force. */
  config: () => AgentConfig;
  /** What the machine itself says, which bounds the server. */
  own: () => AgentConfig;
  /** Where the options in force were given. */
  places: () => LoadedConfig["places"];
  reload: (prepare: () => void) => Promise<ReloadReport>;
}

/** Carries out what is asked of modules. */
export class ModuleOrders {
  readonly #deps: ModuleOrdersDeps;
  readonly words: ModuleWords;

  constructor(deps: ModuleOrdersDeps) {
    this.#deps = deps;
    this.words = new ModuleWords(deps);
  }

  /** The files that modules follow. */
  files(): ModuleFile[] {
    return this.#deps.runner.files();
  }

  /**
   * Makes one of a module's own checks, as this process can.
   *
   * @throws {AgentError} `usage` when there is no such module or check
   */
  async check(name: string, id: string, signal: AbortSignal): Promise<ModuleCheckReport> {
    const module = requireModule(name, this.#deps.modules);
    const check = module.checks?.().find((one) => one.id === id);
    if (check === undefined) throw noCheck(name, id);
    const options = moduleOptions(this.#deps.config(), name);
    const { dataFolder } = this.#deps;
    const where = { platform: currentPlatform(), dataFolder };
    const found = await runCheck(module, check, { options, ...where, signal });
    return { options: optionsDigest(options), ...found };
  }

  /**
   * Enables or disables a module by order of the server, until it is reset or for `forMs` milliseconds.
   *
   * @throws {AgentError} `usage` when there is no such module, `failed` when the machine's owner keeps this to himself or the module
   *   cannot be started; then everything is as it was
   */
  async switch(name: string, enabled: boolean, forMs?: number): Promise<void> {
    requireAvailable(requireModule(name, this.#deps.modules), enabled);
    this.#requireAllowed(name, enabled);
    await this.words.keep(name, { enabled, by: "server", ...this.#term(forMs) });
  }

  /**
   * Enables or disables a module for a while, as a person on this machine wants it.
   *
   * @throws {AgentError} as {@linkcode switch} does
   */
  async switchFor(
    name: string,
    { enabled, forMs }: { enabled: boolean; forMs: number },
  ): Promise<ModuleTerm> {
    requireAvailable(requireModule(name, this.#deps.modules), enabled);
    this.#requireStrongest(name);
    const term = this.#term(forMs);
    const reload = await this.words.keep(name, { enabled, by: "person", ...term });
    return { name, enabled, until: term.until ?? "", reload };
  }

  /**
   * Has a module rest until it is resumed or the agent starts anew.
   *
   * @throws {AgentError} `usage` when there is no such module, `failed` when it is not to work anyway, or the server may not turn
   *   it off
   */
  async pause(name: string, by: Asker = "person"): Promise<ModuleRest> {
    // Resting is off, whatever it is called.
    if (by === "server") this.#requireMayTurnOff(requireModule(name, this.#deps.modules).name);
    await this.#deps.runner.pause(name, by);
    return { name, paused: true };
  }

  /** The end of {@linkcode pause}; throws as that does. */
  async resume(name: string, by: Asker = "person"): Promise<ModuleRest> {
    await this.#deps.runner.resume(name, by);
    return { name, paused: false };
  }

  /**
   * Forgets what was said of a module.
   *
   * @throws {AgentError} as {@linkcode switch} does
   */
  async reset(name: string): Promise<ModuleReset> {
    requireModule(name, this.#deps.modules);
    return await this.words.reset(name);
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
   * Has a module scan now; resolves when that is over, or has begun when nobody waits for it.
   *
   * @throws {AgentError} `usage` when there is no such module or collector, `failed` when it cannot scan now
   */
  async scan(name: string, signal: AbortSignal, wish: ScanWish = {}): Promise<ModuleScan> {
    const { runner, clock } = this.#deps;
    const startedAtMs = clock.monotonic();
    await runner.scan(name, signal, wish);
    const took_ms = wish.wait === false ? null : Math.round(clock.monotonic() - startedAtMs);
    return { name, collector: wish.collector ?? null, took_ms };
  }

  #term(forMs: number | undefined): { at: string; until?: string } {
    const nowMs = this.#deps.clock.now();
    const at = new Date(nowMs).toISOString();
    return forMs === undefined ? { at } : { at, until: new Date(nowMs + forMs).toISOString() };
  }

  /** What a group may not set, an order may not either. */
  #requireAllowed(name: string, enabled: boolean): void {
    const path = `${name}.enabled`;
    if (!this.#deps.options.get(path)?.shareable) {
      throw new AgentError("failed", `${path} is set on the machine itself only`, {
        hint: `on the machine: agent modules ${enabled ? "enable" : "disable"} ${name}`,
      });
    }
    if (isLocked(this.#deps.own(), name)) {
      throw new AgentError("failed", `${name}.locked is true on this machine`, {
        hint: `on the machine: agent modules ${enabled ? "enable" : "disable"} ${name}`,
      });
    }
    if (!enabled) this.#requireMayTurnOff(name);
    this.#requireStrongest(name);
    this.#requireNoPersonsWord(name);
  }

  /** What a person said for a while holds until then, whatever the server thinks of it. */
  #requireNoPersonsWord(name: string): void {
    const word = this.words.current(name);
    if (word?.by !== "person") return;
    const what = `A person here ${word.enabled ? "enabled" : "disabled"} ${name}`;
    throw new AgentError("failed", `${what} until ${word.until}`, {
      hint: `wait, or on the machine: agent modules reset ${name}`,
    });
  }

  #requireMayTurnOff(name: string): void {
    const path = `${name}.enabled`;
    if (mayTurnOff(path, this.#deps.own())) return;
    throw new AgentError("failed", `The server may not turn ${name} off on this machine`, {
      hint: `remote.allow.options of the machine's file must have ${path}`,
    });
  }

  #requireStrongest(name: string): void {
    const path = `${name}.enabled`;
    const place = this.#deps.places().get(path);
    if (place?.source === "environment" || place?.source === "flag") {
      const message = `${path} is set by ${placeText(place)}, which is stronger than an order`;
      throw new AgentError("failed", message, { hint: "change it where the agent is started" });
    }
  }
}

function noCheck(name: string, id: string): AgentError {
  return new AgentError("usage", `Module "${name}" has no check "${id}"`, {
    hint: "agent doctor --only modules lists the checks there are",
  });
}

function requireAvailable({ name, platforms }: Module, enabled: boolean): void {
  if (!enabled || (platforms?.includes(currentPlatform()) ?? true)) return;
  throw new AgentError("failed", `Module "${name}" works on ${platforms?.join(" and ")} only`, {
    hint: "send the order to agents on such systems",
  });
}
