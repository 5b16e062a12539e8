/**
 * What the configured folders are on this machine now: globs are expanded, folders that are links lead to where the files are.
 *
 * @module
 */

import type { FileTree } from "../tree/file_tree.ts";
import type { DirectoryOptions } from "./directory.ts";
import { compileGlob } from "./globs.ts";
import { childPath, folderOf, nameOf } from "./paths.ts";

/** More folders are a mistake, and would make every look at a path long. */
const MAX_DIRECTORIES = 10_000;

/** What came of the configured folders. */
export interface ResolvedDirectories {
  directories: DirectoryOptions[];
  /** Configured paths for which there is nothing now. */
  absent: string[];
  /** What of it is not watched, and why. */
  problem: string | undefined;
}

/** Where a link leads, with all links on the way followed; `undefined` when there is nothing. */
export type RealPath = (path: string) => string | undefined;

/** Looks at the machine. Of two that lead to the same folder the first counts. */
export function resolveDirectories(
  configured: readonly DirectoryOptions[],
  { tree, realPath }: { tree: FileTree; realPath: RealPath },
): ResolvedDirectories {
  const byPath = new Map<string, DirectoryOptions>();
  const links: DirectoryOptions[] = [];
  const absent: string[] = [];
  for (const options of configured) {
    const paths = expand(options.path, tree);
    if (!paths.some((path) => isThere(path, { tree, realPath }))) absent.push(options.path);
    for (const path of paths) {
      const real = realPath(path) ?? path;
      if (!byPath.has(real)) byPath.set(real, { ...options, path: real });
      // The link itself is watched too: whoever turns it elsewhere changes everything behind it.
      if (real !== path && !options.followSymlinks) {
        links.push({ ...options, path, recursionLevel: -1, diff: false, restrict: undefined });
      }
    }
  }
  for (const link of links) if (!byPath.has(link.path)) byPath.set(link.path, link);
  const directories = [...byPath.values()];
  return {
    directories: directories.slice(0, MAX_DIRECTORIES),
    absent,
    problem: directories.length <= MAX_DIRECTORIES ? undefined : `${directories.length} folders ` +
      `are meant, and only the first ${MAX_DIRECTORIES} of them are watched`,
  };
}

/** The runtime cannot find a name that is no UTF-8. */
function isThere(path: string, { tree, realPath }: { tree: FileTree; realPath: RealPath }) {
  if (realPath(path) !== undefined) return true;
  const folder = tree.openFolder(folderOf(path));
  const status = folder?.statusOf(nameOf(path));
  folder?.close();
  return status !== undefined;
}

/** The paths that a path with `*` and `?` stands for; a plain one stands for itself, whether it is there or not. */
function expand(path: string, tree: FileTree): string[] {
  const parts = path.split("/").filter((part) => part !== "");
  let paths = ["/"];
  for (const part of parts) {
    paths = /[*?]/.test(part)
      ? paths.flatMap((folder) => matchingIn(folder, part, tree)).slice(0, MAX_DIRECTORIES + 1)
      : paths.map((folder) => childPath(folder, part));
  }
  return paths;
}

function matchingIn(folder: string, pattern: string, tree: FileTree): string[] {
  const matches = compileGlob(pattern);
  const open = tree.openFolder(folder);
  const names = open?.entries()?.map(({ name }) => name).filter((name) => matches(name)) ?? [];
  open?.close();
  return names.sort().map((name) => childPath(folder, name));
}
