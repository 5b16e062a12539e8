/**
 * Files that are remembered and not followed now: all of them after a start, later those that are
 * gone or cannot be read.
 *
 * @module
 */

import { dirname } from "node:path";
import type { FileCheckpoint } from "./checkpoint.ts";
import type { FoundFile } from "./file_finder.ts";
import { type FileIdentity, FINGERPRINT_BYTES, identityKey, identityOf } from "./file_identity.ts";
import { reasonOf, statAt } from "./file_system.ts";
import type { FileTail } from "./file_tail.ts";
import { type Sibling, siblingsOf } from "./rotations.ts";

interface AbsentFile {
  key: string;
  checkpoint: FileCheckpoint;
  /** Monotonic; `undefined` while it cannot be told whether it is missing. */
  missingSinceMs: number | undefined;
}

/** What a search works with. */
export interface Search {
  /** What the configured locations name now. */
  files: readonly FoundFile[];
  /** Monotonic. */
  nowMs: number;
  /**
   * How long a file must be missing until it is gone: a file system may be mounted late, or again.
   */
  forgetAfterMs: number;
  /** True when the configuration still names the path. */
  covers(path: string): boolean;
  /** True when the file of this key is followed already. */
  isFollowed(key: string): boolean;
  /** Opens a file of which the checkpoint may be. @throws an error of the system */
  open(at: string, checkpoint: FileCheckpoint): FileTail;
  /** Takes why something could not be looked at, by path. */
  problems: Map<string, string>;
}

/** What a search gave. */
export interface SearchResult {
  /** The key that each was remembered under, and the file. */
  found: { key: string; tail: FileTail; truncated: boolean }[];
  /** Keys of files that have been missing for long. */
  gone: string[];
}

/** Remembers files and finds them again. */
export class AbsentFiles {
  #absent: AbsentFile[];

  constructor(files: ReadonlyMap<string, FileCheckpoint>) {
    this.#absent = [...files]
      .map(([key, checkpoint]) => ({ key, checkpoint, missingSinceMs: undefined }))
      .sort((a, b) => a.checkpoint.order - b.checkpoint.order);
  }

  /** What is remembered of each file, in order. */
  get checkpoints(): FileCheckpoint[] {
    return this.#absent.map(({ checkpoint }) => checkpoint);
  }

  /** Forgets the file of this key: another one has it now. */
  drop(key: string): void {
    this.#absent = this.#absent.filter((absent) => absent.key !== key);
  }

  /** Looks for every file; those found or gone are absent no longer. */
  search(search: Search): SearchResult {
    const result: SearchResult = { found: [], gone: [] };
    const folders = new Map<string, Sibling[]>();
    const isFollowed = (key: string) =>
      search.isFollowed(key) || result.found.some(({ tail }) => tail.key === key);
    this.#absent = this.#absent.filter((absent) => {
      const { key, checkpoint } = absent;
      const tail = locate(absent, { ...search, isFollowed, folders });
      if (tail) {
        result.found.push({ key, truncated: tail.checkpoint().offset < checkpoint.offset, tail });
      } else if (isGone(absent, search)) result.gone.push(key);
      else return true;
      return false;
    });
    return result;
  }
}

function isGone({ missingSinceMs }: AbsentFile, { nowMs, forgetAfterMs }: Search): boolean {
  return missingSinceMs !== undefined && nowMs - missingSinceMs >= forgetAfterMs;
}

function locate(
  absent: AbsentFile,
  search: Search & { folders: Map<string, Sibling[]> },
): FileTail | undefined {
  const { checkpoint } = absent;
  let path = checkpoint.path;
  try {
    if (search.covers(path) || search.covers(checkpoint.log)) {
      for (const candidate of candidates(checkpoint, search)) {
        path = candidate.path;
        const tail = open(candidate, checkpoint, search);
        if (tail) return tail;
      }
    }
    absent.missingSinceMs ??= search.nowMs;
  } catch (error) {
    search.problems.set(path, reasonOf(error));
    absent.missingSinceMs = undefined;
  }
  return undefined;
}

/** Where the file may be, likeliest first. */
function* candidates(
  { path }: FileCheckpoint,
  { files, folders }: Search & { folders: Map<string, Sibling[]> },
): Generator<Sibling> {
  const info = statAt(path);
  if (info?.isFile) yield { path, info };
  yield* files;
  const folder = dirname(path);
  const siblings = folders.get(folder) ?? siblingsOf(path);
  folders.set(folder, siblings);
  yield* siblings;
}

/**
 * Opens the candidate and goes on in it, when its first bytes say that it is the file. Otherwise it
 * is the file truncated, or another one that got its inode, which the time when it was made tells.
 */
function open(
  candidate: Sibling,
  checkpoint: FileCheckpoint,
  search: Search,
): FileTail | undefined {
  const identity = identityOf(candidate.info);
  if (!mayBe(candidate, checkpoint) || search.isFollowed(identityKey(identity, candidate.path))) {
    return undefined;
  }
  const tail = search.open(candidate.path, checkpoint);
  const age = compareAge(identity, checkpoint);
  const isSure = age !== "other" || checkpoint.fingerprint.length === FINGERPRINT_BYTES;
  if (isSure && tail.resume(checkpoint)) return tail;
  if (age === "same" || (age === "unknown" && candidate.path === checkpoint.path)) {
    tail.restartAfter(checkpoint);
    return tail;
  }
  tail[Symbol.dispose]();
  return undefined;
}

function compareAge(a: FileIdentity, b: FileIdentity): "same" | "other" | "unknown" {
  if (a.born_ms === null || b.born_ms === null) return "unknown";
  return a.born_ms === b.born_ms ? "same" : "other";
}

/**
 * Devices are not compared: their numbers may change when the machine starts. The first bytes have
 * the last word.
 */
function mayBe({ path, info }: Sibling, checkpoint: FileCheckpoint): boolean {
  const { ino, born_ms } = identityOf(info);
  if (ino !== null || checkpoint.ino !== null) return ino === checkpoint.ino;
  if (born_ms !== null && checkpoint.born_ms !== null) return born_ms === checkpoint.born_ms;
  return path === checkpoint.path;
}
