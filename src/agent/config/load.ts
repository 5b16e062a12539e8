/**
 * Loading the configuration: flag before environment before file before group files before default.
 *
 * Everything that was given is checked, also what something stronger overrides, and everything that
 * is wrong is said at once.
 *
 * @module
 */

import { checkEach, type Checked, checkTogether } from "../../shared/config/check.ts";
import type { Environment } from "../../shared/config/expand.ts";
import { AgentError, messageOf } from "../../shared/errors.ts";
import { invalidConfig, type Place } from "../../shared/config/given.ts";
import type { Loaded } from "../../shared/config/loaded.ts";
import type { Option } from "../../shared/config/options.ts";
import { nested } from "../../shared/config/nested.ts";
import { withAbsolutePaths } from "../../shared/config/paths.ts";
import { currentPlatform, type Platform } from "../../shared/config/platform.ts";
import { type ConfigFile, readConfigFile } from "../../shared/config/read_file.ts";
import { listOptions, RESERVED_VARIABLES, VARIABLE_PREFIX } from "./options.ts";
import { defaultPlaces } from "./places.ts";
import { RULES } from "./rules.ts";
import { type AgentConfig, configSchema } from "./schema.ts";
import { givenByShared, onOneLine, resolveUsable } from "./shared_config.ts";
import {
  type FlagValue,
  givenByEnvironment,
  givenByFlags,
  misspelledVariables,
} from "../../shared/config/text_source.ts";
import { givenByYaml } from "../../shared/config/yaml_source.ts";
import type { GroupFile } from "../../shared/protocol/groups.ts";

/** Where a configuration comes from, beside its file. */
export interface ConfigSources {
  env: Environment;
  /** Options given on the command line. */
  flags?: readonly FlagValue[];
  /** @default the platform of this program */
  platform?: Platform;
  /** Folder that relative paths outside the file start from. @default the current folder */
  folder?: string;
  /** Group files, the weakest first. */
  shared?: readonly GroupFile[];
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
}

/** The agent's configuration and how it came about. */
export type LoadedConfig = Loaded<AgentConfig>;

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
  { file: named, defaultFile, readStored, ...sources }: LoadOptions,
): Promise<LoadedConfig> {
  const platform = sources.platform ?? currentPlatform();
  const file = await readConfigFile({
    named,
    env: sources.env,
    defaultFile: defaultFile ?? defaultPlaces(platform).configFile,
  });
  const local = resolveConfig(file, { ...sources, platform });
  if (readStored === undefined) return local;
  let stored: readonly GroupFile[];
  try {
    stored = readStored(local.config.agent.path.data);
  } catch (error) {
    const warning = `The configuration of the groups is ignored: ${messageOf(error)}`;
    return { ...local, warnings: [...local.warnings, warning] };
  }
  return resolveUsable(
    stored,
    (shared) => resolveConfig(file, { ...sources, platform, shared }),
  );
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
  options: Omit<LoadOptions, "readStored" | "shared">,
): Promise<void> {
  const platform = options.platform ?? currentPlatform();
  try {
    for (const file of shared) resolveConfig(undefined, { env: {}, platform, shared: [file] });
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
  const options = listOptions(platform);
  const shared = givenByShared(sources.shared ?? [], { options, platform });
  const yaml = readYaml(file, { env, options });
  const given = [
    ...shared.given,
    ...yaml.given,
    ...givenByEnvironment(env, options),
    ...givenByFlags(flags, options),
  ].map((one) => withAbsolutePaths(one, { options, platform, folder }));
  const { valid, problems } = checkEach(given, options);
  const config = configSchema(platform).parse(nested(valid));
  const wrong = [...shared.problems, ...yaml.problems, ...problems];
  wrong.push(...checkTogether(config, { rules: RULES, valid, problems: wrong, platform }));
  if (wrong.length > 0) throw invalidConfig(wrong, file?.path);
  const warnings = misspelledVariables(env, options, {
    prefix: VARIABLE_PREFIX,
    reserved: RESERVED_VARIABLES,
  });
  return { config, file: file?.path, places: placesOf(options, valid), warnings };
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
