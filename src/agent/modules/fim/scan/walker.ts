/**
 * Walks the watched folders in the order of keys.
 *
 * It begins at `/` and goes only where something is watched: through folders that lead to watched ones it passes without listing them.
 * A folder's listing has each folder twice: `name`, where it is told itself, and `name/`, where all that is below it comes; other names,
 * such as `name.x`, may lie between. Memory holds the listings of the folders on the way.
 *
 * @module
 */

import type { FileStatus } from "../../../platform/libc/file_status.ts";
import { compareKeys } from "../../../../shared/states/key_order.ts";
import { typeOf } from "../record/file_record.ts";
import type { Directory } from "../rules/directory.ts";
import { childPath } from "../rules/paths.ts";
import type { PathRules } from "../rules/path_rules.ts";
import type { FileTree, FolderEntry, OpenFolder } from "../tree/file_tree.ts";
import type { Mounts } from "../tree/mounts.ts";
import { Scope } from "./scope.ts";

/** Something that was met. `folder` is open until the next step. */
export interface Met {
  path: string;
  name: string;
  folder: OpenFolder;
  /** Of what a link leads to, where links are followed. */
  status: FileStatus;
  /** It is a link that was followed. */
  isFollowed: boolean;
  directory: Directory;
}

/** What a walk says. */
export type WalkStep =
  | { kind: "met"; met: Met }
  /** What is below a folder could not be seen; it may be there or not. */
  | { kind: "unseen"; path: string }
  /** The entries of a folder are read next. Only of a walk of folders. */
  | { kind: "entering"; path: string };

interface WalkOptions {
  tree: FileTree;
  rules: PathRules;
  mounts: Mounts;
  /** @default everything */
  scope?: Scope;
  /** Meets folders only, and says before it reads the entries of one. @default false */
  foldersOnly?: boolean;
}

/** A folder on the way. */
interface Frame {
  path: string;
  folder: OpenFolder;
  status: FileStatus;
  /** Whose options decide over its entries; `undefined` where it is only passed through. */
  directory: Directory | undefined;
  depth: number;
  /** In the order of keys; those of folders a second time with a slash. `undefined`: not read yet. */
  names: string[] | undefined;
  next: number;
}

/** Deeper than any path of a call; a loop that mounts make would have no end. */
const MAX_DEPTH = 2_100;

/** Walks; each step is one thing. */
export function walk(options: WalkOptions): Generator<WalkStep> {
  return new Walk(options).steps();
}

class Walk {
  readonly #rules: PathRules;
  readonly #mounts: Mounts;
  readonly #tree: FileTree;
  readonly #scope: Scope;
  readonly #foldersOnly: boolean;
  readonly #frames: Frame[] = [];

  constructor({ tree, rules, mounts, scope = new Scope(), foldersOnly = false }: WalkOptions) {
    this.#tree = tree;
    this.#rules = rules;
    this.#mounts = mounts;
    this.#scope = scope;
    this.#foldersOnly = foldersOnly;
  }

  // One generator for all of it: one for each thing that is met would be most of the work.
  *steps(): Generator<WalkStep> {
    try {
      const root = this.#begin();
      if (root !== undefined) yield root;
      for (let frame = this.#frames.at(-1); frame; frame = this.#frames.at(-1)) {
        if (frame.names === undefined) {
          if (this.#foldersOnly) yield { kind: "entering", path: frame.path };
          if (!this.#list(frame)) yield { kind: "unseen", path: frame.path };
          continue;
        }
        const name = frame.names[frame.next++];
        if (name === undefined) this.#leave();
        else {
          const step = name.endsWith("/")
            ? this.#enter(frame, name.slice(0, -1))
            : this.#meet(frame, name);
          if (step !== undefined) yield step;
        }
      }
    } finally {
      while (this.#frames.length > 0) this.#leave();
    }
  }

  #begin(): WalkStep | undefined {
    const folder = this.#tree.openFolder("/");
    const status = folder?.status();
    if (folder === undefined || status === undefined) return undefined;
    const directory = this.#rules.directoryAt("/");
    this.#push({ path: "/", folder, status, directory, depth: 0 });
    if (directory === undefined || !this.#scope.contains("/")) return undefined;
    return {
      kind: "met",
      met: { path: "/", name: ".", folder, status, isFollowed: false, directory },
    };
  }

  /** Tells what an entry is, if it is watched. */
  #meet(frame: Frame, name: string): WalkStep | undefined {
    const path = childPath(frame.path, name);
    if (!this.#scope.contains(path)) return undefined;
    const { directory } = this.#ruled(frame, path, name);
    if (directory === undefined) return undefined;
    const { status, isFollowed } = this.#look(frame, name, directory);
    if (status === undefined) return undefined;
    const isFolder = typeOf(status) === "dir";
    if (!directory.wants(path, { name, isFolder })) return undefined;
    return {
      kind: "met",
      met: { path, name, folder: frame.folder, status, isFollowed, directory },
    };
  }

  /** Goes into an entry that is a folder. */
  #enter(frame: Frame, name: string): WalkStep | undefined {
    const path = childPath(frame.path, name);
    const { directory, depth, isPassed } = this.#ruled(frame, path, name);
    const inside = directory?.isTooDeep(depth + 1) ? undefined : directory;
    if (inside === undefined && !isPassed || this.#frames.length > MAX_DEPTH) return undefined;
    if (!this.#scope.leads(path)) return undefined;
    const follow = inside?.options.followSymlinks ?? false;
    const folder = frame.folder.openFolder(name, { follow });
    const status = folder?.status();
    if (folder === undefined || status === undefined) {
      folder?.close();
      // What is gone has been met as gone; what may not be opened is there all the same.
      return this.#isUnreadable(frame, name, follow) ? { kind: "unseen", path } : undefined;
    }
    if (this.#isLeftOut(frame, status) || follow && this.#isOnTheWay(status)) folder.close();
    else this.#push({ path, folder, status, directory: inside, depth });
    return undefined;
  }

  /** Which folder's options decide over an entry; and whether others that are watched lie below it. */
  #ruled(frame: Frame, path: string, name: string) {
    const isPassed = this.#rules.passages(path) !== undefined;
    const own = this.#rules.directoryAt(path);
    if (own !== undefined) return { directory: own, depth: 0, isPassed };
    const depth = frame.depth + 1;
    const { directory } = frame;
    const isIn = directory !== undefined && !directory.isTooDeep(depth) &&
      !this.#rules.excludes(directory, path, name);
    return { directory: isIn ? directory : undefined, depth, isPassed };
  }

  /** A link that leads nowhere, or in a circle, is told as the link that it is. */
  #look(frame: Frame, name: string, { options }: Directory) {
    const status = frame.folder.statusOf(name);
    if (status === undefined || !options.followSymlinks || typeOf(status) !== "symlink") {
      return { status, isFollowed: false };
    }
    const followed = frame.folder.statusOf(name, { follow: true });
    return { status: followed ?? status, isFollowed: followed !== undefined };
  }

  #isUnreadable(frame: Frame, name: string, follow: boolean): boolean {
    const status = frame.folder.statusOf(name, { follow });
    return status !== undefined && typeOf(status) === "dir";
  }

  /** What is mounted there is looked at only when it is the kind that holds files of this machine. */
  #isLeftOut(frame: Frame, { mount }: FileStatus): boolean {
    if (mount === frame.status.mount) return false;
    const { networkFilesystems: network } = this.#rules.options;
    return this.#mounts.whyNot(mount, { network }) !== undefined;
  }

  #isOnTheWay({ inode, device }: FileStatus): boolean {
    return this.#frames.some(({ status }) => status.inode === inode && status.device === device);
  }

  #push(frame: Omit<Frame, "names" | "next">): void {
    this.#frames.push({ ...frame, names: undefined, next: 0 });
  }

  /** Reads the entries of a folder. False when they cannot be read: it is left then. */
  #list(frame: Frame): boolean {
    frame.names = this.#namesIn(frame);
    if (frame.names === undefined) this.#leave();
    return frame.names !== undefined;
  }

  #leave(): void {
    this.#frames.pop()?.folder.close();
  }

  #namesIn({ path, folder, directory }: Frame): string[] | undefined {
    const scope = this.#scope;
    const leads = (name: string) => scope.leads(childPath(path, name));
    if (!scope.includesBelow(path)) return inOrder(twice(scope.leading(path), leads));
    if (directory === undefined) return inOrder(twice(this.#rules.passages(path) ?? [], leads));
    const entries = folder.entries();
    if (entries === undefined) return undefined;
    const { followSymlinks } = directory.options;
    const names = this.#foldersOnly ? [] : entries.map(({ name }) => name);
    for (const entry of entries) {
      if (!mayBeFolder(entry, { folder, followSymlinks })) continue;
      if (this.#foldersOnly) names.push(entry.name);
      names.push(`${entry.name}/`);
    }
    return inOrder(names);
  }
}

function mayBeFolder(
  { name, type }: FolderEntry,
  { folder, followSymlinks }: { folder: OpenFolder; followSymlinks: boolean },
): boolean {
  if (type === "folder") return true;
  if (type === "other" || type === "link" && !followSymlinks) return false;
  const status = folder.statusOf(name, { follow: followSymlinks });
  return status !== undefined && typeOf(status) === "dir";
}

/** Names that lead on are there as folders too. */
function twice(names: Iterable<string>, leads: (name: string) => boolean): string[] {
  return [...names].flatMap((name) => leads(name) ? [name, `${name}/`] : [name]);
}

/** A pair of surrogates, which sorts otherwise by its units than by its character. */
const SURROGATES = /[\ud800-\udfff]/;

function inOrder(names: string[]): string[] {
  // The plain order is that of UTF-16 units: right, and much faster, where no character lies beyond them.
  return names.some((name) => SURROGATES.test(name)) ? names.sort(compareKeys) : names.sort();
}
