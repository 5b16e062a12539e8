/**
 * Loading the manager's configuration by the rules of the agent's: flag before environment before
 * file before default; everything that was given is checked, also what something stronger
 * overrides, and everything that is wrong is said at once.
 *
 * @module
 */

import { checkEach, checkTogether } from "../../shared/config/check.ts";
import type { Environment } from "../../shared/config/expand.ts";
import { invalidConfig } from "../../shared/config/given.ts";
import { nested } from "../../shared/config/nested.ts";
import { type Option, optionsOf } from "../../shared/config/options.ts";
import { withAbsolutePaths } from "../../shared/config/paths.ts";
import { currentPlatform } from "../../shared/config/platform.ts";
import { type ConfigFile, readConfigFile } from "../../shared/config/read_file.ts";
import {
  type FlagValue,
  givenByEnvironment,
  givenByFlags,
  unknownVariables,
} from "../../shared/config/text_source.ts";
import { givenByYaml } from "../../shared/config/yaml_source.ts";
import { MANAGER_RULES } from "./rules.ts";
import { MANAGER_CONFIG, type ManagerConfig } from "./schema.ts";

/** What the names of all variables begin with. */
const VARIABLES = "MANAGER_";
const HINT = "the manager's --help lists every option; config/manager.yaml says more of each";
/** Names the configuration file. */
const FILE_VARIABLE = "MANAGER_CONFIG";
/** Names the executable for whoever starts a manager; nothing is read from it in here. */
const EXECUTABLE_VARIABLE = "MANAGER_BIN";

/** Where a configuration comes from. */
interface ManagerConfigSources {
  /** Path of the file; else the variable `MANAGER_CONFIG` names it, or there is none. */
  file?: string | undefined;
  env: Environment;
  /** Options given on the command line. @default none */
  flags?: readonly FlagValue[];
}

/** A configuration, and what is worth saying about how it came about. */
interface LoadedManagerConfig {
  config: ManagerConfig;
  /** One line each. */
  warnings: string[];
}

/** Every option of the manager by its path. */
export function managerOptions(): Map<string, Option> {
  return optionsOf(MANAGER_CONFIG, (path) => {
    const name = path.replaceAll(".", "_").toUpperCase();
    return name.startsWith(VARIABLES) ? name : `${VARIABLES}${name}`;
  });
}

/**
 * Reads and checks the configuration.
 *
 * @throws AgentError `config_invalid` with every problem, or when the file cannot be read
 */
export async function loadManagerConfig(
  { file, ...sources }: ManagerConfigSources,
): Promise<LoadedManagerConfig> {
  const path = file ?? (sources.env[FILE_VARIABLE] || undefined);
  const read = path === undefined ? undefined : await readNamed(path);
  const warnings = unknownVariables(sources.env, managerOptions(), {
    prefix: VARIABLES,
    reserved: [FILE_VARIABLE, EXECUTABLE_VARIABLE],
    file: read?.text,
    all: true,
  });
  return { config: resolveManagerConfig(read, sources), warnings };
}

/**
 * Checks the content of a configuration file, or none, together with the other sources.
 *
 * @throws AgentError `config_invalid` with every problem
 */
export function resolveManagerConfig(
  file: ConfigFile | undefined,
  { env, flags = [] }: Omit<ManagerConfigSources, "file">,
): ManagerConfig {
  const options = managerOptions();
  const platform = currentPlatform();
  const yaml = file === undefined
    ? { given: [], problems: [] }
    : givenByYaml(file.text, { origin: { source: "file", file: file.path }, env, options });
  const given = [
    ...yaml.given,
    ...givenByEnvironment(env, options),
    ...givenByFlags(flags, options),
  ].map((one) => withAbsolutePaths(one, { options, platform, folder: Deno.cwd() }));
  const checked = checkEach(given, options);
  const config = MANAGER_CONFIG.parse(nested(checked.valid));
  const problems = [...yaml.problems, ...checked.problems];
  problems.push(
    ...checkTogether(config, { ...checked, problems, rules: MANAGER_RULES, platform }),
  );
  if (problems.length > 0) throw invalidConfig(problems, file?.path, HINT);
  return config;
}

/** The agent's variable for its file means nothing here. */
function readNamed(path: string): Promise<ConfigFile | undefined> {
  return readConfigFile({ named: path, env: {}, defaultFile: path, hint: HINT });
}
