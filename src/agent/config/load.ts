/**
 * Loading the configuration: flag before environment before an order of the server (for modules only) before file before group
 * files before default.
 *
 * Everything that was given is checked, also what something stronger overrides, and everything that
 * is wrong is said at once.
 *
 * @module
 */

import { resolve } from "node:path";
import { availableOn } from "../../shared/config/availability.ts";
import { checkEach, type Checked, checkTogether } from "../../shared/config/check.ts";
import type { Environment } from "../../shared/config/expand.ts";
import { AgentError, messageOf } from "../../shared/errors.ts";
import { type Given, invalidConfig, type Place, placeText } from "../../shared/config/given.ts";
import type { Loaded } from "../../shared/config/loaded.ts";
import type { Option } from "../../shared/config/options.ts";
import { nested } from "../../shared/config/nested.ts";
import { withAbsolutePaths } from "../../shared/config/paths.ts";
import { currentPlatform, type Platform } from "../../shared/config/platform.ts";
import { type ConfigFile, readConfigFile } from "../../shared/config/read_file.ts";
import type { Module } from "../modules/module.ts";
import { MODULES } from "../modules/modules.ts";
import { givenByOverrides, type ModuleOverrides } from "./module_overrides.ts";
import { listOptions, RESERVED_VARIABLES, VARIABLE_PREFIX } from "./options.ts";
import { defaultPlaces } from "./places.ts";
import { givenByProxyVariables } from "./proxy_variables.ts";
import { allowedOverrides, beyondBounds } from "./remote_bounds.ts";
import { rulesWith } from "./rules.ts";
import { type AgentConfig, configSchema } from "./schema.ts";
import { givenByShared, onOneLine, resolveUsable } from "./shared_config.ts";
import {
  type FlagValue,
  givenByEnvironment,
  givenByFlags,
  unknownVariables,
} from "../../shared/config/text_source.ts";
import { givenByYaml } from "../../shared/config/yaml_source.ts";
import type { GroupFile } from "../../shared/protocol/groups.ts";

/** Where a configuration comes from, beside its file. */
interface ConfigSources {
  env: Environment;
  /** Options given on the command line. */
  flags?: readonly FlagValue[];
  /** @default the platform of this program */
  platform?: Platform;
  /** Folder that relative paths outside the file start from. @default the current folder */
  folder?: string;
  /** Group files, the weakest first. */
  shared?: readonly GroupFile[];
  /** What the server said of which modules are enabled. */
  overrides?: ModuleOverrides;
  /** @default those of the registry */
  modules?: readonly Module[];
  /** False: group files by themselves, whatever this machine's own options allow and its modules ask of them. @default true */
  bounded?: boolean;
}

/** {@linkcode ConfigSources} and where to look for the file. */
export interface LoadOptions extends ConfigSources {
  /** The file named on the command line. */
  file?: string | undefined;
  /** The file that is read when it exists and no other is named. @default the platform's */
  defaultFile?: string;
  /**
   * Reads the group files that are stored in a data folder, the weakest first. Which folder that is
   * only the other sources say. @default none are read
   */
  readStored?: (dataFolder: string) => readonly GroupFile[];
  /** Why a stored file must not be used, by what the machine's own configuration asks of it now. @default all may be */
  refuseStored?: (file: GroupFile, own: AgentConfig) => string | undefined;
  /** Reads those that were in force before, for when the stored ones are not valid any more. @default there are none */
  readLastGood?: (dataFolder: string) => readonly GroupFile[];
  /** Reads what the server said of modules, out of the data folder. @default nothing is read */
  readOverrides?: (dataFolder: string) => ModuleOverrides;
}

/** The agent's configuration and how it came about. */
export interface LoadedConfig extends Loaded<AgentConfig> {
  /** What holds without the server, and without what was said of modules for a while: it bounds what the server may say. */
  own: AgentConfig;
  /** Modules of which `modules.json` says what the files say anyway, and for no time that ends. */
  idleWords: readonly string[];
}

/**
 * Reads and checks the configuration: the file `file`, else the one that `AGENT_CONFIG` names, else
 * the platform's default file when there is one, else no file.
 *
 * A group file in `shared` must be valid as all else must; a stored one that is not, or cannot be
 * read, is left out with a warning.
 *
 * @throws AgentError `config_invalid` with every problem, or when the file cannot be read
 */
export async function loadConfig(
  { file: named, defaultFile, readStored, refuseStored, readLastGood, readOverrides, ...given }:
    LoadOptions,
): Promise<LoadedConfig> {
  const platform = given.platform ?? currentPlatform();
  const sources = { ...given, platform };
  const file = await readConfigFile({
    named,
    env: sources.env,
    defaultFile: defaultFile ?? defaultPlaces(platform).configFile,
  });
  const { config: own } = resolveConfig(file, sources);
  const { path } = own.agent;
  const stored = attempt("The configuration of the groups", () => readStored?.(path.data));
  const ordered = attempt("What the server said of modules", () => readOverrides?.(path.data));
  const overrides = ordered.value ?? sources.overrides ?? new Map();
  const resolve = (shared: readonly GroupFile[]) =>
    resolveConfig(file, { ...sources, shared, overrides });
  const refused: string[] = [];
  const believed = (files: readonly GroupFile[]) =>
    files.filter((file) => {
      const why = refuseStored?.(file, own);
      if (why !== undefined) refused.push(`Group file ${file.name}.yml is ignored: ${why}`);
      return why === undefined;
    });
  const loaded = stored.value === undefined
    ? resolve(sources.shared ?? [])
    : resolveUsable(believed(stored.value), {
      resolve,
      lastGood: () => believed(attempt("", () => readLastGood?.(path.data)).value ?? []),
    });
  const warnings = [...loaded.warnings, ...refused, ...stored.warnings, ...ordered.warnings];
  return { ...loaded, warnings };
}

/** What `read` gives; an agent must start without it too. */
function attempt<T>(what: string, read: () => T): { value?: T; warnings: string[] } {
  try {
    return { value: read(), warnings: [] };
  } catch (error) {
    return { warnings: [`${what} is ignored: ${messageOf(error)}`] };
  }
}

/**
 * Checks group files before they are stored: each by itself, then all together with what is said on
 * this machine.
 *
 * @throws AgentError `config_invalid`, in one line, with the problems of the first file that is not
 *   valid, or of all together
 */
export async function checkShared(
  shared: readonly GroupFile[],
  options: Omit<LoadOptions, "readStored" | "refuseStored" | "shared">,
): Promise<void> {
  const platform = options.platform ?? currentPlatform();
  try {
    const { modules = MODULES } = options;
    for (const file of shared) {
      resolveConfig(undefined, { env: {}, platform, modules, shared: [file], bounded: false });
    }
    await loadConfig({ ...options, shared });
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    const message = `Cannot use the group files: ${onOneLine(error)}`;
    throw new AgentError("config_invalid", message, { cause: error });
  }
}

/**
 * Checks the content of a configuration file, or none, together with the other sources. Reads and
 * writes nothing.
 *
 * @throws AgentError `config_invalid` with every problem
 */
export function resolveConfig(
  file: ConfigFile | undefined,
  sources: ConfigSources,
): LoadedConfig {
  const { env, flags = [], platform = currentPlatform(), folder = Deno.cwd() } = sources;
  const { modules = MODULES, bounded = true } = sources;
  const options = listOptions(platform, modules);
  const shared = givenByShared(sources.shared ?? [], { options, platform });
  const yaml = readYaml(file, { env, options });
  const absolute = (one: Given) => withAbsolutePaths(one, { options, platform, folder });
  const weak = [...givenByProxyVariables(env), ...yaml.given].map(absolute);
  const strong = [...givenByEnvironment(env, options), ...givenByFlags(flags, options)]
    .map(absolute);
  const words = sources.overrides ?? new Map();
  const isAlone = shared.given.length === 0 && words.size === 0;
  // Checked once only where the server says nothing: every command begins with this.
  const local = isAlone
    ? undefined
    : localConfig([...weak, ...strong], { options, platform, modules });
  const { allowed, warnings: refused } = allowedOverrides(words, local);
  const overrides = givenByOverrides(allowed, options);
  const given = [...shared.given, ...weak, ...overrides.given, ...strong];
  const here = availableOn(platform, given, options);
  const { valid, problems } = checkEach(here.given, options);
  const config = configSchema({ ...sources, platform }).parse(nested(valid));
  const beyond = local === undefined || !bounded
    ? []
    : beyondBounds(shared.given, { local, options });
  const wrong = [...shared.problems, ...yaml.problems, ...here.problems, ...problems, ...beyond];
  const rules = rulesWith(bounded ? modules : [], file && resolve(folder, file.path));
  wrong.push(...checkTogether(config, { rules, valid, problems: wrong, platform }));
  if (wrong.length > 0) throw invalidConfig(wrong, file?.path);
  const sharedWarnings = (shared.warnings ?? []).map(({ place, text }) =>
    `${placeText(place)}: ${text}`
  );
  const warnings = unknownVariables(env, options, {
    prefix: VARIABLE_PREFIX,
    reserved: RESERVED_VARIABLES,
  });
  return {
    config,
    own: local ?? config,
    file: file?.path,
    places: placesOf(options, valid),
    warnings: [...refused, ...overrides.warnings, ...sharedWarnings, ...warnings],
    idleWords: idleWords(overrides.given, { files: [...shared.given, ...weak], options }),
  };
}

/** Modules of which an order without an end says what the files, or else the default, say anyway. */
function idleWords(
  words: readonly Given[],
  { files, options }: { files: readonly Given[]; options: ReadonlyMap<string, Option> },
): string[] {
  const said = (path: string) =>
    files.findLast((one) => one.path === path)?.value ??
      options.get(path)?.schema.safeParse(undefined).data;
  const isIdle = ({ path, value, place }: Given) =>
    place.source === "command" && place.until === undefined && said(path) === value;
  return words.filter(isIdle).map(({ path }) => path.slice(0, -".enabled".length));
}

/** The configuration that these values alone make; what is wrong in it is left out. */
function localConfig(
  given: readonly Given[],
  { options, platform, modules }: {
    options: ReadonlyMap<string, Option>;
    platform: Platform;
    modules: readonly Module[];
  },
): AgentConfig {
  const { valid } = checkEach(availableOn(platform, [...given], options).given, options);
  return configSchema({ platform, modules }).parse(nested(valid));
}

function readYaml(
  file: ConfigFile | undefined,
  from: { env: Environment; options: ReadonlyMap<string, Option> },
) {
  if (file === undefined) return { given: [], problems: [] };
  return givenByYaml(file.text, { origin: { source: "file", file: file.path }, ...from });
}

function placesOf(options: ReadonlyMap<string, Option>, valid: Checked["valid"]) {
  const place = (path: string): Place => valid.get(path)?.place ?? { source: "default" };
  return new Map([...options.keys()].map((path) => [path, place(path)]));
}
