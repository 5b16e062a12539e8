/**
 * What of the watched folders is not watched, as problems.
 *
 * @module
 */

import type { Trouble } from "../problems.ts";
import { folderOf } from "./rules/paths.ts";
import type { PathRules } from "./rules/path_rules.ts";
import type { ResolvedDirectories } from "./rules/resolve_directories.ts";
import type { FileTree } from "./tree/file_tree.ts";
import type { Mounts } from "./tree/mounts.ts";

/** More of a kind are told once these are mended. */
const MOST_OF_A_KIND = 10;

/** What there is more of than may be watched. */
export function limitTrouble({ problem }: ResolvedDirectories): Trouble[] {
  return problem === undefined ? [] : [{
    code: "over_limit",
    subject: "fim.directories",
    message: problem,
    hint: "name fewer folders: fim.directories",
  }];
}

/** What is not there. `isExpected`: it was named here, and is not among what is watched by default. */
export function absentTroubles(
  { absent }: ResolvedDirectories,
  isExpected: (path: string) => boolean,
): Trouble[] {
  return absent.filter(isExpected).slice(0, MOST_OF_A_KIND).map((path) => ({
    code: "nothing_matches",
    subject: path,
    message: `${path} is not there; it is watched once it is`,
    hint: "make it, or take it out of fim.directories",
  }));
}

/** Nothing at all was named. */
export function emptyTrouble(directories: readonly unknown[]): Trouble[] {
  return directories.length > 0 ? [] : [{
    code: "nothing_matches",
    subject: "fim.directories",
    message: "no folder is watched, since fim.directories is empty",
    hint: "name folders in fim.directories, or turn the module off",
  }];
}

/** What lies where the agent does not look. */
export function leftOutTroubles(
  { tree, mounts, rules }: { tree: FileTree; mounts: Mounts; rules: PathRules },
): Trouble[] {
  const { directories, networkFilesystems: network } = rules.options;
  return directories.flatMap(({ path }): Trouble[] => {
    const why = rules.of(path) === undefined
      ? "the agent keeps its own files there"
      : kindOfMount(path, { tree, mounts, network });
    return why === undefined ? [] : [{
      code: "unreadable",
      subject: path,
      message: `${path} is not watched: ${why}`,
      hint: "take it out of fim.directories; other machines' files: fim.network_filesystems",
    }];
  }).slice(0, MOST_OF_A_KIND);
}

function kindOfMount(
  path: string,
  { tree, mounts, network }: { tree: FileTree; mounts: Mounts; network: boolean },
): string | undefined {
  const folder = tree.openFolder(path) ?? tree.openFolder(folderOf(path));
  const status = folder?.status();
  folder?.close();
  const type = status && mounts.whyNot(status.mount, { network });
  return type && `it lies on a file system of the kind ${type}`;
}
