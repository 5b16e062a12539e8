/**
 * The words on modules that are kept in the data folder: put in force by a reload, and taken away when their time is over. When a reload
 * fails the word before is kept.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../../shared/clock.ts";
import { AgentError, messageOf } from "../../../shared/errors.ts";
import type { ModuleReset, ReloadReport } from "../../../shared/protocol/local_api.ts";
import type { LoadedConfig } from "../../config/load.ts";
import {
  type ModuleOverride,
  readModuleOverrides,
  setAsideDamagedOverrides,
  writeModuleOverride,
} from "../../config/module_overrides.ts";

/** A reload that failed is not tried each second: somebody has to mend the configuration first. */
const RETRY_MS = 60_000;

/** What {@linkcode ModuleWords} are built with. */
interface ModuleWordsDeps {
  dataFolder: string;
  clock: Clock;
  /** Where the options in force were given. */
  places: () => LoadedConfig["places"];
  reload: (prepare: () => void) => Promise<ReloadReport>;
}

/** Keeps what was said of modules. */
export class ModuleWords {
  readonly #deps: ModuleWordsDeps;
  readonly #log = getLogger(["agent", "modules"]);
  #nextTryMs = -Infinity;

  constructor(deps: ModuleWordsDeps) {
    this.#deps = deps;
  }

  /**
   * Keeps a word and puts it in force; `undefined` forgets the one that is kept.
   *
   * @throws {AgentError} `failed` when the module cannot be changed; then everything is as it was
   */
  async keep(name: string, override: ModuleOverride | undefined): Promise<ReloadReport> {
    const { dataFolder, clock, reload } = this.#deps;
    const write = (word: ModuleOverride | undefined) =>
      writeModuleOverride(dataFolder, name, word, clock.now());
    // Until the file is written there is nothing to undo.
    let restore = () => {};
    try {
      const report = await reload(() => {
        // What nobody can understand must not keep a new word out.
        setAsideDamagedOverrides(dataFolder);
        const before = readModuleOverrides(dataFolder, clock.now()).get(name);
        write(override);
        restore = () => write(before);
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

  /** What is kept of a module and holds now; `undefined` when nothing is, or nobody can understand the file. */
  current(name: string): ModuleOverride | undefined {
    const { dataFolder, clock } = this.#deps;
    try {
      return readModuleOverrides(dataFolder, clock.now()).get(name);
    } catch (error) {
      if (error instanceof AgentError) return undefined;
      throw error;
    }
  }

  /**
   * Forgets what was said of a module.
   *
   * @throws {AgentError} as {@linkcode keep} does
   */
  async reset(name: string): Promise<ModuleReset> {
    const { dataFolder, clock } = this.#deps;
    const set_aside_as = setAsideDamagedOverrides(dataFolder) ?? null;
    const removed = readModuleOverrides(dataFolder, clock.now()).get(name);
    if (removed === undefined) return { name, removed: null, set_aside_as, reload: null };
    return { name, removed, set_aside_as, reload: await this.keep(name, undefined) };
  }

  /** Has what the configuration says hold again once the time of a word is over, by the wall clock. Called once a second. */
  async endExpired(): Promise<void> {
    const { clock } = this.#deps;
    const expired = this.#expired(clock.now());
    if (expired.length === 0 || clock.monotonic() < this.#nextTryMs) return;
    this.#nextTryMs = clock.monotonic() + RETRY_MS;
    for (const name of expired) {
      try {
        await this.keep(name, undefined);
        this.#log.info("Module {module}: the time of what was said of it is over", {
          module: name,
        });
        this.#nextTryMs = -Infinity;
      } catch (error) {
        this.#log.error("Module {module} stays as it is although its time is over: {reason}", {
          module: name,
          reason: messageOf(error),
        });
      }
    }
  }

  #expired(nowMs: number): string[] {
    return [...this.#deps.places()].flatMap(([path, place]) => {
      const isOver = place.source === "command" && place.until !== undefined &&
        Date.parse(place.until) <= nowMs;
      return isOver ? [path.slice(0, -".enabled".length)] : [];
    });
  }
}

/**
 * Reads the configuration; what was said of modules and the files say anyway is forgotten first, so that the files hold again. Whoever
 * calls this holds the lock of the data folder.
 */
export async function loadWithoutIdleWords(
  load: () => Promise<LoadedConfig>,
  { dataFolder, clock }: Pick<ModuleWordsDeps, "dataFolder" | "clock">,
): Promise<LoadedConfig> {
  const loaded = await load();
  const { idleWords = [] } = loaded;
  for (const name of idleWords) writeModuleOverride(dataFolder, name, undefined, clock.now());
  return idleWords.length === 0 ? loaded : await load();
}
