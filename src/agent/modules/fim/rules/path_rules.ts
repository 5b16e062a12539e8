/**
 * Which paths are watched, and by which folder's options.
 *
 * Of folders within each other the deepest decides. One that is named is watched also where another one leaves it out.
 *
 * @module
 */

import { Directory, type DirectoryOptions } from "./directory.ts";
import { nameOf, parentsOf } from "./paths.ts";

/** What decides over all watched folders. */
export interface RuleOptions {
  directories: readonly DirectoryOptions[];
  /** Globs that hold for all of them. */
  exclude: readonly string[];
  /** Paths that are never looked at, with what is below them, such as the agent's own folder. */
  never: readonly string[];
  /** Whether file systems of other machines are walked. */
  networkFilesystems: boolean;
}

/** A path under the options that decide over it. */
interface Ruled {
  directory: Directory;
  /** 0 for the watched folder itself. */
  depth: number;
}

/** The rules. */
export class PathRules {
  readonly options: RuleOptions;
  readonly #directories: ReadonlyMap<string, Directory>;
  /** By folder: names that lead to watched folders. */
  readonly #passages = new Map<string, Set<string>>();
  readonly #never: ReadonlySet<string>;

  constructor(options: RuleOptions) {
    this.options = options;
    this.#never = new Set(options.never);
    this.#directories = new Map(
      options.directories.map((one) => [one.path, new Directory(one, options.exclude)]),
    );
    for (const path of this.#directories.keys()) this.#addPassages(path);
  }

  /** The watched folder of exactly this path. */
  directoryAt(path: string): Directory | undefined {
    return this.#never.has(path) ? undefined : this.#directories.get(path);
  }

  /** Names in a folder that lead to watched folders. */
  passages(folder: string): ReadonlySet<string> | undefined {
    return this.#passages.get(folder);
  }

  /** Whether an entry of a watched folder is left out, with what is below it, unless that is watched by itself. */
  excludes(directory: Directory, path: string, name: string): boolean {
    return this.#never.has(path) || directory.excludes(path, name);
  }

  /** What decides over a path; `undefined` when it is not watched. Whether it is wanted depends on what it is. */
  of(path: string): Ruled | undefined {
    const ancestors = parentsOf(path);
    if ([...ancestors, path].some((one) => this.#never.has(one))) return undefined;
    const own = this.#directories.get(path);
    if (own !== undefined) return { directory: own, depth: 0 };
    const start = ancestors.findLastIndex((one) => this.#directories.has(one));
    const directory = this.#directories.get(ancestors[start] ?? "");
    if (directory === undefined) return undefined;
    const below = [...ancestors.slice(start + 1), path];
    if (directory.isTooDeep(below.length)) return undefined;
    const isLeftOut = below.some((one) => directory.excludes(one, nameOf(one)));
    return isLeftOut ? undefined : { directory, depth: below.length };
  }

  /** Whether a state of this path is kept under these rules. */
  covers(path: string): boolean {
    const name = nameOf(path);
    return this.of(path)?.directory.wants(path, { name, isFolder: false }) ?? false;
  }

  #addPassages(path: string): void {
    const steps = [...parentsOf(path), path];
    for (const [index, folder] of steps.slice(0, -1).entries()) {
      const names = this.#passages.get(folder) ?? new Set();
      names.add(nameOf(steps[index + 1] ?? ""));
      this.#passages.set(folder, names);
    }
  }
}
