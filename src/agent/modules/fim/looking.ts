/**
 * Looks at what there is to watch: the machine now, under the options.
 *
 * @module
 */

import type { LibcLibrary } from "../../platform/libc/library.ts";
import type { SystemFiles } from "../../platform/system_files.ts";
import {
  absentTroubles,
  emptyTrouble,
  leftOutTroubles,
  limitTrouble,
} from "./directory_troubles.ts";
import { DEFAULT_DIRECTORIES, type FimOptions } from "./options.ts";
import type { Trouble } from "../problems.ts";
import { AccountNames } from "./record/account_names.ts";
import type { DirectoryOptions } from "./rules/directory.ts";
import { PathRules } from "./rules/path_rules.ts";
import { type RealPath, resolveDirectories } from "./rules/resolve_directories.ts";
import { type Baseline, News } from "./tell/news.ts";
import { Mounts } from "./tree/mounts.ts";
import { openTree } from "./tree/open_tree.ts";
import type { View } from "./view.ts";

interface LookDeps {
  options: FimOptions;
  library: LibcLibrary;
  files: Pick<SystemFiles, "readText">;
  /** Paths of the agent's own, which are never looked at. */
  never: readonly string[];
}

/** What was seen, and what of the options cannot be done, by its kind. */
interface Look {
  view: View;
  troubles: { directories: Trouble[]; absent: Trouble[]; left_out: Trouble[] };
}

/** The watched folders as they are configured, as text: another text, other folders. */
export function configuredText({ directories, exclude, network_filesystems }: FimOptions): string {
  return JSON.stringify({ directories, exclude, network_filesystems });
}

/** Looks. `baseline` is what everything was seen under last. */
export function look(
  { options, library, files, never }: LookDeps,
  baseline: Baseline | undefined,
): Look {
  const tree = openTree(library);
  const resolved = resolveDirectories(options.directories.map(asOptions), { tree, realPath });
  const rules = new PathRules({
    directories: resolved.directories,
    exclude: options.exclude,
    never: never.flatMap((path) => [path, realPath(path) ?? path]),
    networkFilesystems: options.network_filesystems,
  });
  const configured = configuredText(options);
  const mounts = new Mounts(files.readText("/proc/self/mountinfo") ?? "");
  const view = {
    rules,
    tree,
    mounts,
    names: AccountNames.read(),
    news: new News(baseline, { configured, rules }),
  };
  const troubles = {
    directories: [...emptyTrouble(options.directories), ...limitTrouble(resolved)],
    absent: absentTroubles(resolved, (path) => !DEFAULT_DIRECTORIES.includes(path)),
    left_out: leftOutTroubles({ tree, mounts, rules }),
  };
  return { view, troubles };
}

/** The defaults of a folder that is a path only. */
function asOptions(given: FimOptions["directories"][number]): DirectoryOptions {
  const map = typeof given === "string" ? { path: given } : given;
  const path = map.path.replace(/(?<=.)\/+$/, "");
  return {
    path,
    recursionLevel: "recursion_level" in map ? map.recursion_level : 256,
    realtime: "realtime" in map ? map.realtime : true,
    hashes: "hashes" in map ? map.hashes : ["sha256"],
    restrict: "restrict" in map ? map.restrict : undefined,
    exclude: "exclude" in map ? map.exclude : [],
    followSymlinks: "follow_symlinks" in map ? map.follow_symlinks : false,
    diff: "diff" in map ? map.diff : false,
    tags: "tags" in map ? map.tags : [],
  };
}

const realPath: RealPath = (path) => {
  try {
    return Deno.realPathSync(path);
  } catch {
    return undefined;
  }
};
