/**
 * The configuration in force, and what changes when it is read again: part of it at once, the rest with the next start.
 *
 * Which options change at once their fields say (`live`). They are put in force section by section; a section that cannot be put in force
 * keeps its old values, and the report says so.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { invalidConfig } from "../../shared/config/given.ts";
import { changedOptions, withOptions } from "../../shared/config/changes.ts";
import type { Option } from "../../shared/config/options.ts";
import { messageOf } from "../../shared/errors.ts";
import type { ReloadReport } from "../../shared/protocol/local_api.ts";
import type { LoadedConfig } from "../config/load.ts";
import { whyNotRead } from "../config/remote_files.ts";
import type { AgentConfig } from "../config/schema.ts";
import { TLS_FILES_HINT, tlsProblems } from "./server/tls_check.ts";

/** What a {@linkcode LiveConfig} is built with. */
interface LiveConfigDeps {
  /** What the agent was started with. */
  loaded: Pick<LoadedConfig, "config" | "own" | "places" | "warnings">;
  options: ReadonlyMap<string, Option>;
  /** Reads the configuration again, all of it checked. */
  load: () => Promise<LoadedConfig>;
  /** Looks at the files that the options in force name, and takes what has changed in them. */
  files: NamedFiles;
  /**
   * Puts the live options of a section in force.
   *
   * @throws when it cannot; then the section is as it was
   */
  apply: (section: string, config: AgentConfig) => void | Promise<void>;
}

/** Files that options name and whose content is in force, such as certificates. */
export interface NamedFiles {
  readonly paths: readonly string[];
  /** Takes what has changed; what cannot be used stays as it was. */
  renew(): Pick<ReloadReport, "applied" | "failed">;
}

/** Holds the configuration and changes it, one reload at a time. */
export class LiveConfig {
  readonly #deps: LiveConfigDeps;
  #config: AgentConfig;
  #own: AgentConfig;
  #places: LoadedConfig["places"];
  #warnings: readonly string[];
  readonly #log = getLogger(["agent", "config"]);
  #reloading: Promise<unknown> = Promise.resolve();

  constructor(deps: LiveConfigDeps) {
    this.#deps = deps;
    this.#config = deps.loaded.config;
    this.#own = deps.loaded.own;
    this.#places = deps.loaded.places;
    this.#warnings = deps.loaded.warnings;
  }

  /** The options in force. */
  get config(): AgentConfig {
    return this.#config;
  }

  /** What the machine itself said when the configuration was last read, which bounds the server. */
  get own(): AgentConfig {
    return this.#own;
  }

  /** Where the value of each option that is in force was given. */
  get places(): LoadedConfig["places"] {
    return this.#places;
  }

  /** What was warned of when the configuration was last read. */
  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /** Why a file must not be read although `option` names it, links resolved; `undefined` when it may. */
  whyNotRead(option: string, path: string): string | undefined {
    const source = this.#places.get(option)?.source;
    return source === "shared" ? whyNotRead(path, this.#config) : undefined;
  }

  /**
   * Reads the configuration again, checks all of it, then puts in force what can change while the agent runs.
   *
   * @param prepare changes a source just before it is read
   * @throws {AgentError} `config_invalid`, or what `prepare` threw; then nothing has changed
   */
  reload(prepare: () => void = () => {}): Promise<ReloadReport> {
    const reloaded = this.#reloading.then(() => {
      prepare();
      return this.#reload();
    });
    this.#reloading = reloaded.catch(() => {});
    return reloaded;
  }

  async #reload(): Promise<ReloadReport> {
    const { load, options, files } = this.#deps;
    const next = await load();
    this.#own = next.own;
    this.#warn(next.warnings);
    const changed = changedOptions(this.#config, next.config, options);
    requireUsable(next, changed);
    const report: ReloadReport = {
      applied: [],
      needs_restart: changed.filter(({ live }) => !live).map(({ path }) => path),
      failed: [],
      looked_at: [...(next.file === undefined ? [] : [next.file]), ...files.paths],
    };
    // Known before a module begins to work by it: what a group names is not read as if this machine named it.
    const before = this.#places;
    this.#places = next.places;
    const live = changed.filter((option) => option.live).map(({ path }) => path);
    for (const [section, paths] of Map.groupBy(live, sectionOf)) {
      await this.#change(section, { paths, next: next.config, report });
    }
    this.#places = placesAfter({ before, next: next.places, report });
    const renewed = files.renew();
    report.applied.push(...renewed.applied);
    report.failed.push(...renewed.failed);
    return report;
  }

  /** Each is logged once, for as long as it holds. */
  #warn(warnings: readonly string[]): void {
    const before = this.#warnings;
    this.#warnings = warnings;
    for (const warning of warnings) {
      if (!before.includes(warning)) this.#log.warn("{warning}", { warning });
    }
  }

  async #change(
    section: string,
    { paths, next, report }: { paths: string[]; next: AgentConfig; report: ReloadReport },
  ): Promise<void> {
    const config = withOptions(this.#config, next, paths);
    try {
      await this.#deps.apply(section, config);
      this.#config = config;
      report.applied.push(...paths);
    } catch (error) {
      const reason = messageOf(error);
      report.failed.push(...paths.map((option) => ({ option, reason })));
    }
  }
}

/** A file that cannot be used is found now, and not by the restart that takes it. */
function requireUsable(next: LoadedConfig, changed: readonly Pick<Option, "path">[]): void {
  const problems = tlsProblems(next)
    .filter(({ path }) => changed.some((option) => option.path === path));
  if (problems.length > 0) throw invalidConfig(problems, next.file, TLS_FILES_HINT);
}

/** An option that keeps its value keeps the place that it came from. */
function placesAfter(
  { before, next, report }: {
    before: LoadedConfig["places"];
    next: LoadedConfig["places"];
    report: ReloadReport;
  },
): LoadedConfig["places"] {
  const kept = [...report.needs_restart, ...report.failed.map(({ option }) => option)];
  const places = new Map(next);
  for (const path of kept) places.set(path, before.get(path) ?? { source: "default" });
  return places;
}

function sectionOf(path: string): string {
  return path.split(".", 1).join();
}
