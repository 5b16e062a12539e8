/**
 * Files that are remembered and not followed now: all of them after a start, later those that are gone or cannot be read.
 *
 * @module
 */

import { dirname } from "node:path";
import type { FileCheckpoint } from "./checkpoint.ts";
import type { FoundFile } from "./file_finder.ts";
import { identityKey, identityOf } from "./file_identity.ts";
import { reasonOf, statAt } from "./file_system.ts";
import type { FileTail } from "./file_tail.ts";
import { type Sibling, siblingsOf } from "./rotations.ts";

/** How long a file must be missing until it is forgotten: a file system may be mounted late, or again. */
const FORGET_AFTER_MS = 3_600_000;

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

  /** The file that had the path last. */
  lastAt(path: string): FileCheckpoint | undefined {
    return this.#absent.findLast(({ checkpoint }) => checkpoint.path === path)?.checkpoint;
  }

  /** Looks for every file; those found or gone are absent no longer. */
  search(search: Search): SearchResult {
    const result: SearchResult = { found: [], gone: [] };
    const folders = new Map<string, Sibling[]>();
    this.#absent = this.#absent.filter((absent) => {
      const { key, checkpoint } = absent;
      const tail = locate(absent, { ...search, folders });
      if (tail) {
        result.found.push({ key, truncated: tail.checkpoint().offset < checkpoint.offset, tail });
      } else if (isGone(absent, search.nowMs)) result.gone.push(key);
      else return true;
      return false;
    });
    return result;
  }
}

function isGone({ missingSinceMs }: AbsentFile, nowMs: number): boolean {
  return missingSinceMs !== undefined && nowMs - missingSinceMs >= FORGET_AFTER_MS;
}

function locate(
  absent: AbsentFile,
  search: Search & { folders: Map<string, Sibling[]> },
): FileTail | undefined {
  const { checkpoint } = absent;
  let path = checkpoint.path;
  try {
    if (search.covers(path)) {
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

/** Opens the candidate and goes on in it, when its first bytes say that it is the file. */
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
  if (tail.resume(checkpoint)) return tail;
  if (candidate.path === checkpoint.path) {
    tail.restartAfter(checkpoint);
    return tail;
  }
  tail[Symbol.dispose]();
  return undefined;
}

/** Devices are not compared: their numbers may change when the machine starts. The first bytes have the last word. */
function mayBe({ path, info }: Sibling, checkpoint: FileCheckpoint): boolean {
  const { ino, born_ms } = identityOf(info);
  if (ino !== null || checkpoint.ino !== null) return ino === checkpoint.ino;
  if (born_ms !== null && checkpoint.born_ms !== null) return born_ms === checkpoint.born_ms;
  return path === checkpoint.path;
}
