import type { DirectoryOptions } from "../../../../../src/agent/modules/fim/rules/directory.ts";
import {
  PathRules,
  type RuleOptions,
} from "../../../../../src/agent/modules/fim/rules/path_rules.ts";

/** A watched folder with the defaults of the options. */
export function directory(
  path: string,
  options: Partial<DirectoryOptions> = {},
): DirectoryOptions {
  return {
    path,
    recursionLevel: 256,
    realtime: true,
    hashes: ["sha256"],
    exclude: [],
    followSymlinks: false,
    diff: false,
    tags: [],
    ...options,
  };
}

/** Rules of some folders. */
export function rulesOf(
  directories: readonly DirectoryOptions[],
  options: Partial<RuleOptions> = {},
): PathRules {
  return new PathRules({
    directories,
    exclude: [],
    never: [],
    networkFilesystems: false,
    ...options,
  });
}
