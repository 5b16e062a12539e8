/**
 * Files that are remembered and not followed now: all of them after a start; later those that gave
 * up their place, are gone or cannot be read.
 *
 * @module
 */

import { dirname, join } from "node:path";
import type { FileCheckpoint } from "../files/checkpoint.ts";
import type { FoundFile } from "../finding/file_finder.ts";
import { type FileIdentity, identityKey, identityOf } from "../files/file_identity.ts";
import { type FileInfo, isMissing, reasonOf, statAt } from "../files/file_system.ts";
import type { FileTail } from "../files/file_tail.ts";
import { type Sibling, siblingsOf } from "./generations.ts";
import { PlaceChanged } from "../finding/link_rule.ts";

/** A file that is remembered under this key. */
export interface AbsentFile {
  readonly key: string;
  checkpoint: FileCheckpoint;
  /** Monotonic; `undefined` while it cannot be told whether it is missing. */
  missingSinceMs: number | undefined;
  /** False once the configuration does not name it any more: nobody waits for what is in it. */
  wanted: boolean;
  /** True for one that is opened only when it has something to read. */
  released: boolean;
}

/** What a search works with. */
interface Search {
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
  /** False when there is no place for the file of this key beside those found. */
  mayOpen(key: string, found: number): boolean;
  /** True to open only files that have something to read. */
  onlyUnread: boolean;
  /** Opens a file of which the checkpoint may be. @throws an error of the system */
  open(at: string, checkpoint: FileCheckpoint): FileTail;
  /** Takes why something could not be looked at, by path. */
  problems: Map<string, string>;
}

/** What a search gave. */
interface SearchResult {
  /** The key that each was remembered under, and the file. */
  found: { key: string; tail: FileTail; truncated: boolean }[];
  /** Keys of files that have been missing for long. */
  gone: string[];
  /** Files with something to read that there was no place for. */
  waiting: Sibling[];
  /** True when a file could not be looked at, which may pass. */
  failed: boolean;
  /** Logs of files that were renamed during the search, so that it has to be made again. */
  changed: string[];
}

/** Remembers files and finds them again. */
export class AbsentFiles {
  #absent: AbsentFile[];
  /** Were missing at the last search. */
  #missedOnce: ReadonlySet<AbsentFile> = new Set();

  constructor(files: ReadonlyMap<string, FileCheckpoint>) {
    this.#absent = [...files]
      .map(([key, checkpoint]) => ({
        key,
        checkpoint,
        missingSinceMs: undefined,
        wanted: true,
        released: false,
      }))
      .sort((a, b) => a.checkpoint.order - b.checkpoint.order);
  }

  /** Every file, in order. */
  get all(): readonly AbsentFile[] {
    return this.#absent;
  }

  /** Files that are wanted and cannot be found, and of which nobody has been told. */
  get missed(): readonly AbsentFile[] {
    return this.#absent.filter(({ checkpoint, missingSinceMs, wanted }) =>
      wanted && missingSinceMs !== undefined && !checkpoint.missed && isLoss(checkpoint)
    );
  }

  /**
   * Gives those that were missing for the first time at the last search, which are not missed yet: a name may escape a listing
   * while it is given to another file.
   */
  doubtMissed(): AbsentFile[] {
    const { missed } = this;
    const doubtful = missed.filter((absent) => !this.#missedOnce.has(absent));
    this.#missedOnce = new Set(missed);
    for (const absent of doubtful) absent.missingSinceMs = undefined;
    return doubtful;
  }

  /** Compressed files that are there and not read to their end. */
  get unreadPacked(): readonly AbsentFile[] {
    return this.#absent.filter(({ checkpoint, missingSinceMs, wanted }) =>
      wanted && missingSinceMs === undefined && checkpoint.packed &&
      checkpoint.size > checkpoint.offset
    );
  }

  /** Where the compressed file of this key lies now; `undefined` when it is gone. */
  placeOf(key: string): Sibling | undefined {
    const absent = this.#absent.find((absent) => absent.key === key);
    return absent && besides(absent.checkpoint, new Map())
      .find((sibling) => mayBe(sibling, absent.checkpoint));
  }

  /**
   * True when the file of this key and age is remembered. One that is missing may have escaped a
   * listing while it was renamed; where the age is not known, another one may have its inode.
   */
  has(key: string, age: Age): boolean {
    return this.#absent.some((absent) => {
      const likeness = absent.key === key ? compareAge(age, absent.checkpoint) : "other";
      return likeness === "same" || (likeness === "unknown" && absent.missingSinceMs === undefined);
    });
  }

  /** Remembers a file that is not followed any more, and since when it is missing. */
  add(key: string, checkpoint: FileCheckpoint, missingSinceMs?: number): void {
    const absent = { key, checkpoint, missingSinceMs, wanted: true, released: false };
    this.#absent = [...this.#absent, absent]
      .sort((a, b) => a.checkpoint.order - b.checkpoint.order);
  }

  /** It is opened only once it has something that was not read. */
  release(key: string): void {
    for (const absent of this.#absent) if (absent.key === key) absent.released = true;
  }

  /** Those of which more than `readTo` bytes were passed over as they stand in the file of this key. */
  copiesOf(key: string, readTo = 0): AbsentFile[] {
    return this.#absent.filter(({ checkpoint: { copied, copy_of } }) =>
      copy_of === key && copied > readTo
    );
  }

  /** Forgets the file of this key, and gives what was remembered of it. */
  drop(key: string): FileCheckpoint | undefined {
    const dropped = this.#absent.find((absent) => absent.key === key);
    this.#absent = this.#absent.filter((absent) => absent !== dropped);
    return dropped?.checkpoint;
  }

  /** Looks for every file; those found or gone are absent no longer. */
  search(search: Search): SearchResult {
    const result: SearchResult = {
      found: [],
      gone: [],
      waiting: [],
      failed: false,
      changed: [],
    };
    const folders = new Map<string, Sibling[]>();
    // Also what this search found a moment ago: two remembered files must not take one and the same.
    const isFollowed = (key: string) =>
      search.isFollowed(key) || result.found.some(({ tail }) => tail.key === key);
    this.#absent = this.#absent.filter((absent) => {
      const { key, checkpoint } = absent;
      const mayOpen = search.mayOpen(key, result.found.length);
      const onChange = () => result.changed.push(checkpoint.log);
      const onWaiting = (file: Sibling) => result.waiting.push(file);
      const onFailure = () => result.failed = true;
      const tail = locate(absent, {
        ...search,
        isFollowed,
        folders,
        onChange,
        onFailure,
        onWaiting,
        mayOpen: () => mayOpen,
      });
      if (tail) result.found.push({ key, truncated: tail.offset < checkpoint.offset, tail });
      else if (isGone(absent, search)) result.gone.push(key);
      else return true;
      return false;
    });
    return result;
  }
}

/** Whether something of the file, which is gone, may not have been read: it had more, or was still written. */
function isLoss({ offset, size, moved, path, log }: FileCheckpoint): boolean {
  return size > offset || (!moved && path === log);
}

function isGone({ missingSinceMs }: AbsentFile, { nowMs, forgetAfterMs }: Search): boolean {
  return missingSinceMs !== undefined && nowMs - missingSinceMs >= forgetAfterMs;
}

interface FolderSearch extends Search {
  folders: Map<string, Sibling[]>;
  onChange: () => void;
  onFailure: () => void;
  onWaiting: (file: Sibling) => void;
}

function locate(absent: AbsentFile, search: FolderSearch): FileTail | undefined {
  const { checkpoint } = absent;
  let path = checkpoint.path;
  absent.wanted = search.covers(path) || search.covers(checkpoint.log);
  if (checkpoint.packed) {
    const isLeft = besides(checkpoint, search.folders).some((file) => mayBe(file, checkpoint));
    absent.missingSinceMs = isLeft ? undefined : absent.missingSinceMs ?? search.nowMs;
    return undefined;
  }
  try {
    if (absent.wanted) {
      for (const candidate of candidates(checkpoint, search)) {
        path = candidate.path;
        const hasMore = !isRead(candidate.info, checkpoint);
        const isDone = checkpoint.moved || search.onlyUnread || absent.released;
        if (!search.mayOpen(absent.key, 0) || (isDone && !hasMore)) {
          // It waits for a place, and is not missing.
          if (hasMore) search.onWaiting(candidate);
          absent.missingSinceMs = undefined;
          return undefined;
        }
        const tail = open(candidate, checkpoint, search);
        if (tail) return tail;
      }
    }
    // A file system that is not mounted says nothing about its files.
    if (isThere(dirname(checkpoint.real), checkpoint)) absent.missingSinceMs ??= search.nowMs;
  } catch (error) {
    // Renamed between the listing and the look: the next scan sees one state of it.
    if (error instanceof PlaceChanged || isMissing(error)) search.onChange();
    else {
      search.problems.set(path, reasonOf(error));
      search.onFailure();
    }
    absent.missingSinceMs = undefined;
  }
  return undefined;
}

/** A folder on another device than before: what belongs there is not mounted. */
function isThere(folder: string, { dev, ino }: FileCheckpoint): boolean {
  const there = statAt(folder);
  return ino === null || there === undefined || there.dev === dev;
}

/** Everything that the file has was read. */
function isRead(info: FileInfo, checkpoint: FileCheckpoint): boolean {
  const { offset, size, moved, mtime_ms } = checkpoint;
  const isSame = compareAge(identityOf(info), checkpoint) !== "other";
  const isUnchanged = moved || info.mtime?.getTime() === mtime_ms;
  return isSame && isUnchanged && info.size === size && size === offset;
}

/** Where the file may be, likeliest first. */
function* candidates(
  checkpoint: FileCheckpoint,
  { files, folders }: FolderSearch,
): Generator<Sibling> {
  const { path, real } = checkpoint;
  const info = statAt(path);
  // Where it was, it mostly is: only then are the other files worth a look.
  if (info?.isFile && mayBe({ path, info }, checkpoint)) yield { path, info };
  for (const file of files) if (mayBe(file, checkpoint)) yield file;
  for (const sibling of besides({ path, real }, folders)) {
    if (mayBe(sibling, checkpoint)) yield sibling;
  }
}

/** Everything in the folders of the file; each is listed once. */
function besides(
  { path, real }: Pick<FileCheckpoint, "path" | "real">,
  folders: Map<string, Sibling[]>,
): Sibling[] {
  return [...new Set([dirname(real), dirname(path)])].flatMap((folder) => {
    const siblings = folders.get(folder) ?? siblingsOf(join(folder, "x"));
    folders.set(folder, siblings);
    return siblings;
  });
}

/**
 * Opens the candidate and goes on in it, when what it holds says that it is the file. Otherwise it
 * is the file truncated, or another one that got its inode, which the time when it was made tells.
 */
function open(
  candidate: Sibling,
  checkpoint: FileCheckpoint,
  search: Search,
): FileTail | undefined {
  const key = identityKey(identityOf(candidate.info), candidate.path);
  if (search.isFollowed(key)) return undefined;
  using opened = new DisposableStack();
  const tail = opened.use(search.open(candidate.path, checkpoint));
  // Between the listing and the opening another file took the name.
  if (tail.key !== key) throw new PlaceChanged();
  const age = compareAge(tail.identity, checkpoint);
  const isSamePlace = candidate.path === checkpoint.path && search.covers(candidate.path);
  if (age === "other") return undefined;
  if (!tail.resume(checkpoint)) {
    if (age === "unknown" && !isSamePlace) return undefined;
    // Of a file with other content only the name is left to say that it is the same log.
    if (!search.covers(candidate.path) && candidate.path !== checkpoint.path) return undefined;
    tail.restartAfter(checkpoint);
  }
  opened.move();
  return tail;
}

type Age = Pick<FileIdentity, "born_ms">;

function compareAge(a: Age, b: Age): "same" | "other" | "unknown" {
  if (a.born_ms === null || b.born_ms === null) return "unknown";
  return a.born_ms === b.born_ms ? "same" : "other";
}

/**
 * Devices are not compared: their numbers may change when the machine starts. What the file holds
 * has the last word.
 */
function mayBe({ path, info }: Sibling, checkpoint: FileCheckpoint): boolean {
  const { ino, born_ms } = identityOf(info);
  // Some file systems have no inodes: then the time of birth, else the name, must do.
  if (ino !== null || checkpoint.ino !== null) return ino === checkpoint.ino;
  if (born_ms !== null && checkpoint.born_ms !== null) return born_ms === checkpoint.born_ms;
  return path === checkpoint.path;
}
