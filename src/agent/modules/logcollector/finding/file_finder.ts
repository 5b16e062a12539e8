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

import { dirname, matchesGlob, resolve } from "node:path";
import { boundedGlob, ScanBudget, type ScanLimits } from "./bounded_glob.ts";
import { type FileInfo, isMissing, reasonOf, statAt } from "../files/file_system.ts";
import { LinkRule } from "./link_rule.ts";
import { whyNothing } from "./unmatched.ts";

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
  info: FileInfo;
  /** The location that named it, as in the configuration. */
  location: string;
}

/** What a look at the file system gave. */
interface Findings {
  /** By path, each once. */
  files: FoundFile[];
  /** Why something named cannot be followed, by path. */
  problems: Map<string, string>;
  /** Why a location leads to no file, by location. */
  unmatched: Map<string, string>;
}

/** Stands for what is not UTF-8 in the names that the system lists. */
const REPLACEMENT_CHARACTER = "\ufffd";
const MAGIC = /[*?[{]/;
const COMPRESSED = /\.(gz|bz2|xz|zst|lz4|zip|Z)$/;

/** Finds files again and again. */
export class FileFinder {
  readonly links: LinkRule;
  readonly #localfiles: readonly Localfile[];
  readonly #limits: Partial<ScanLimits>;

  constructor(
    localfiles: readonly Localfile[],
    links = new LinkRule("owner"),
    limits: Partial<ScanLimits> = {},
  ) {
    this.#localfiles = localfiles;
    this.links = links;
    this.#limits = limits;
  }

  /** Every location of the configuration. */
  get locations(): string[] {
    return this.#localfiles.map(({ location }) => location);
  }

  /** The folders in which files may appear, as far as they are named in full. */
  get folders(): string[] {
    return this.#localfiles.map(({ location }) => {
      const pattern = resolve(location);
      return MAGIC.test(pattern) ? fixedFolder(pattern) : dirname(pattern);
    });
  }

  /** Looks at the file system now. Folders and files that do not exist are no problem. */
  find(): Findings {
    const files = new Map<string, FoundFile>();
    const problems = new Map<string, string>();
    const unmatched = new Map<string, string>();
    const budget = new ScanBudget(this.#limits);
    for (const localfile of this.#localfiles) {
      const { location } = localfile;
      const known = problems.size;
      const matches = pathsOf(localfile, problems, budget);
      const paths = matches.filter((path) => !COMPRESSED.test(path) || path === resolve(location));
      const wanted = paths.filter((path) => !isExcluded(path, localfile));
      for (const path of wanted.filter((path) => !files.has(path))) {
        const info = this.#regularFile(path, problems);
        if (info) files.set(path, { path, info, location });
      }
      // What cannot be read is a reason of its own.
      if (problems.size > known || wanted.some((path) => files.has(path))) continue;
      const compressed = matches.length - paths.length;
      const leftOut = paths.length - wanted.length;
      unmatched.set(location, whyNothing({ ...shapeOf(location), leftOut, compressed }));
    }
    const sorted = [...files.values()].sort((a, b) => a.path < b.path ? -1 : 1);
    return { files: sorted, problems, unmatched };
  }

  /** Pipes, devices and links that are not followed are left out. */
  #regularFile(path: string, problems: Map<string, string>): FileInfo | undefined {
    try {
      const info = Deno.statSync(path);
      if (!info.isFile) throw new Error("not a regular file");
      this.links.resolve(path);
      return info;
    } catch (error) {
      const isOdd = isMissing(error) && path.includes(REPLACEMENT_CHARACTER);
      if (isOdd) problems.set(path, "its name is not UTF-8, and such files are not followed yet");
      else if (!isMissing(error)) problems.set(path, reasonOf(error));
      return undefined;
    }
  }

  /** True when the configuration names `path`, whether or not anything is there. */
  covers(path: string): boolean {
    return this.#localfiles.some((localfile) => isCovered(path, localfile));
  }
}

/** True when a location names `path`. */
export function isCovered(path: string, localfile: Localfile): boolean {
  const location = resolve(localfile.location);
  return (path === location || matchesGlob(path, location)) && !isExcluded(path, localfile);
}

function pathsOf(
  { location }: Localfile,
  problems: Map<string, string>,
  budget: ScanBudget,
): string[] {
  const pattern = resolve(location);
  if (!MAGIC.test(pattern) || isThere(pattern)) return [pattern];
  const folder = fixedFolder(pattern);
  const paths = boundedGlob(pattern, budget);
  if (paths.length === 0) noteUnreadable(folder, problems);
  if (budget.isSpent) problems.set(pattern, budget.problem);
  return paths;
}

/** What is known of a location before anything of it is found. */
function shapeOf(location: string) {
  const pattern = resolve(location);
  const isGlob = MAGIC.test(pattern);
  const folder = isGlob ? fixedFolder(pattern) : dirname(pattern);
  return { pattern, isGlob, folder, folderIsThere: isThere(folder) };
}

/**
 * A glob finds nothing in a folder that cannot be read. Only trying tells: `access` asks what the user may without the
 * capabilities of the process, and the service reads by `CAP_DAC_READ_SEARCH`.
 */
function noteUnreadable(folder: string, problems: Map<string, string>): void {
  try {
    Deno.readDirSync(folder).next();
  } catch (error) {
    if (isThere(folder)) problems.set(folder, reasonOf(error));
  }
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
