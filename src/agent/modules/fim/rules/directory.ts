/**
 * A folder that is watched, and how.
 *
 * @module
 */

import { Globs } from "./globs.ts";
import type { HashName } from "./hash_names.ts";

/** What is said of a watched folder. */
export interface DirectoryOptions {
  /** Absolute, without a slash at its end, as `showPath` shows it. */
  path: string;
  /** Folders below it that are looked into, counted from it; -1: it is looked at and not into. */
  recursionLevel: number;
  /** Whether changes are seen as they happen. */
  realtime: boolean;
  hashes: readonly HashName[];
  /** Only files that this glob matches, and no folders. @default everything */
  restrict?: string | undefined;
  exclude: readonly string[];
  followSymlinks: boolean;
  /** Whether changes of text are told line by line. */
  diff: boolean;
  tags: readonly string[];
}

/** A watched folder with its globs made ready. */
export class Directory {
  readonly options: DirectoryOptions;
  readonly #exclude: Globs;
  readonly #restrict: Globs | undefined;

  /** @param exclude globs that hold for all folders */
  constructor(options: DirectoryOptions, exclude: readonly string[]) {
    this.options = options;
    this.#exclude = new Globs([...exclude, ...options.exclude]);
    this.#restrict = options.restrict === undefined ? undefined : new Globs([options.restrict]);
  }

  /** Whether a path is left out, with what is below it. */
  excludes(path: string, name: string): boolean {
    return this.#exclude.match(path, name);
  }

  /** Whether a path that is not left out is wanted. */
  wants(path: string, { name, isFolder }: { name: string; isFolder: boolean }): boolean {
    return this.#restrict === undefined || !isFolder && this.#restrict.match(path, name);
  }

  /** Whether a path lies so deep that it is not looked at. */
  isTooDeep(depth: number): boolean {
    return depth > this.options.recursionLevel + 1;
  }
}
