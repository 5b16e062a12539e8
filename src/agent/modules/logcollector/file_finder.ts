/**
 * Finds the files that the configuration names.
 *
 * A location is a path, or a glob with `*`, `?`, `[..]`, `{a,b}` and `**`, as `node:fs`
 * understands them: `*` and `?` match no leading dot, and `**` follows no links. A location that
 * names an existing file as it stands is that file. Files with the ending of a compressed one are
 * left out of what a glob finds.
 *
 * @module
 */

import { accessSync, constants, globSync } from "node:fs";
import { dirname, matchesGlob, resolve } from "node:path";
import { isMissing, reasonOf, statAt } from "./file_system.ts";

/** One entry of the option `localfiles`. */
export interface Localfile {
  /** A path or a glob. */
  location: string;
  /** Paths or globs of files that are left out. */
  exclude?: readonly string[];
}

/** A file that can be followed. */
export interface FoundFile {
  path: string;
  info: Deno.FileInfo;
  /** The location that named it, as in the configuration. */
  location: string;
}

/** What a look at the file system gave. */
export interface Findings {
  /** By path, each once. */
  files: FoundFile[];
  /** Why something named cannot be followed, by path. */
  problems: Map<string, string>;
}

const MAGIC = /[*?[{]/;
const COMPRESSED = /\.(gz|bz2|xz|zst|lz4|zip|Z)$/;

/** Finds files again and again. */
export class FileFinder {
  readonly #localfiles: readonly Localfile[];

  constructor(localfiles: readonly Localfile[]) {
    this.#localfiles = localfiles;
  }

  /** Every location of the configuration. */
  get locations(): string[] {
    return this.#localfiles.map(({ location }) => location);
  }

  /** Looks at the file system now. Folders and files that do not exist are no problem. */
  find(): Findings {
    const files = new Map<string, FoundFile>();
    const problems = new Map<string, string>();
    for (const localfile of this.#localfiles) {
      for (const path of pathsOf(localfile, problems)) {
        if (files.has(path) || isExcluded(path, localfile)) continue;
        const info = regularFile(path, problems);
        if (info) files.set(path, { path, info, location: localfile.location });
      }
    }
    return { files: [...files.values()].sort((a, b) => a.path < b.path ? -1 : 1), problems };
  }

  /** True when the configuration names `path`, whether or not anything is there. */
  covers(path: string): boolean {
    return this.#localfiles.some((localfile) => {
      const location = resolve(localfile.location);
      return (path === location || matchesGlob(path, location)) && !isExcluded(path, localfile);
    });
  }
}

function pathsOf({ location }: Localfile, problems: Map<string, string>): string[] {
  const pattern = resolve(location);
  if (!MAGIC.test(pattern) || isThere(pattern)) return [pattern];
  const folder = fixedFolder(pattern);
  try {
    accessSync(folder, constants.R_OK | constants.X_OK);
  } catch (error) {
    if (isThere(folder)) problems.set(folder, reasonOf(error));
    return [];
  }
  return globSync(pattern).filter((path) => !COMPRESSED.test(path));
}

/** The innermost folder of a glob that is named in full. */
function fixedFolder(pattern: string): string {
  return dirname(pattern.slice(0, pattern.search(MAGIC)) + "x");
}

function isThere(path: string): boolean {
  try {
    return statAt(path) !== undefined;
  } catch {
    return true;
  }
}

function isExcluded(path: string, { exclude = [] }: Localfile): boolean {
  return exclude.some((pattern) =>
    path === resolve(pattern) || matchesGlob(path, resolve(pattern))
  );
}

/** Pipes and devices are never opened: that alone could block, or do something. */
function regularFile(path: string, problems: Map<string, string>): Deno.FileInfo | undefined {
  try {
    const info = Deno.statSync(path);
    if (info.isFile) return info;
    problems.set(path, "not a regular file");
  } catch (error) {
    if (!isMissing(error)) problems.set(path, reasonOf(error));
  }
  return undefined;
}
