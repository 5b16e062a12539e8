/**
 * The open files that are followed, in the order in which they are read, and those that are remembered.
 *
 * @module
 */

import { checkpointOf } from "./tail_checkpoint.ts";
import { getLogger } from "@logtape/logtape";
import { AbsentFiles } from "../rotation/absent_files.ts";
import { type FileCheckpoint, type Remembered, serializeCheckpoint } from "./checkpoint.ts";
import type { FileFinder, FoundFile } from "../finding/file_finder.ts";
import { identityKey, identityOf, sameFile } from "./file_identity.ts";
import { isMissing, reasonOf } from "./file_system.ts";
import { FileTail } from "./file_tail.ts";
import type { Sibling } from "../rotation/generations.ts";
import { PlaceChanged } from "../finding/link_rule.ts";
import { withoutPassingOver } from "../lines/passing_over.ts";
import { Places } from "./places.ts";
import type { FolderNames } from "../finding/folder_names.ts";
import type { PendingGroup } from "../pending_group.ts";
import type { TailOptions, TailSetup } from "./tail_options.ts";

/** How files are chosen. */
export interface FollowOptions {
  finder: FileFinder;
  /** Where files of a location begin that exist when it is looked at for the first time. */
  startAtOf: (location: string) => "end" | "beginning";
  /** Whether a file of the log at `path`, last written at `mtimeMs`, is too old to be read. */
  isTooOld: (path: string, mtimeMs: number) => boolean;
  /** Most files followed, and so handles open, at a time. */
  maxFiles: number;
  /** Most bytes that are unpacked of a compressed file. */
  maxUnpackedBytes: number;
  /** Of all files but those of which `tailOf` says more. */
  tail: TailOptions;
  /** Of the files of the log at a path. */
  tailOf: (path: string) => TailOptions;
}

/** What a scan is given and fills. */
export interface Scan {
  files: readonly FoundFile[];
  problems: Map<string, string>;
  group: PendingGroup;
  nowMs: number;
  /** False once there was no time to wait for things to stand still. */
  exact: boolean;
  /** Up to when everything in the folders of logs had been seen to, in milliseconds. */
  before: ReadonlyMap<string, number>;
  /** Keys of files that lie where the configuration names them and were not among `files`, in the rounds before. */
  notFound: Set<string>;
  /** The paths of `files`. */
  paths: ReadonlySet<string>;
  /** Paths of logs that did not hold still: the next scan sees to them. */
  putOff: Set<string>;
  /** What lay in the folders of logs after `files` were found. */
  names: FolderNames;
}

/** Opens, keeps and closes files. */
export class TailSet {
  options: FollowOptions;
  readonly absent: AbsentFiles;
  readonly places = new Places();
  readonly #log = getLogger(["agent", "collectors", "logcollector"]);
  readonly #byKey = new Map<string, FileTail>();
  #tails: FileTail[] = [];
  #lastOrder: number;

  constructor({ files }: Remembered, options: FollowOptions) {
    this.options = options;
    this.absent = new AbsentFiles(files);
    this.#lastOrder = Math.max(0, ...[...files.values()].map(({ order }) => order));
  }

  /** Every followed file, in order. */
  get tails(): readonly FileTail[] {
    return this.#tails;
  }

  /** Every followed file, by key. */
  get byKey(): ReadonlyMap<string, FileTail> {
    return this.#byKey;
  }

  /** The place behind every file so far. */
  nextOrder(): number {
    return ++this.#lastOrder;
  }

  /**
   * Closes files that are read to their end, those that were opened first, as far as `count` others
   * need their places; gives how many places there are.
   */
  makeRoom(count: number, group: PendingGroup): number {
    const free = () => Math.max(0, this.options.maxFiles - this.#tails.length);
    if (free() >= count) return free();
    const drained = this.#tails.filter((tail) => tail.drained && !tail.deleted && tail.isSettled);
    for (const tail of drained.sort((a, b) => a.openedMs - b.openedMs)) {
      if (free() >= count) break;
      this.giveUp(tail, group);
    }
    return free();
  }

  /** Closes a file that is read to its end; it goes on later. */
  giveUp(tail: FileTail, group: PendingGroup): void {
    remember(tail, group);
    this.close(tail);
    this.absent.add(tail.key, checkpointOf(tail));
  }

  /** {@linkcode giveUp} for files that are quiet: their places are free until they are written again. */
  releaseQuiet(group: PendingGroup, nowMs: number): void {
    const { isTooOld } = this.options;
    for (
      const tail of this.#tails.filter((tail) => tail.drained && !tail.moved && tail.isSettled)
    ) {
      if (!tail.isReleased(nowMs) && !isTooOld(tail.path, tail.searchedMs)) continue;
      this.giveUp(tail, group);
      this.absent.release(tail.key);
    }
  }

  /** True for a file that is followed, or that is remembered and lies where it did. */
  isKnown({ path, info }: Sibling): boolean {
    const identity = identityOf(info);
    const key = identityKey(identity, path);
    const tail = this.#byKey.get(key);
    return tail ? sameFile(tail.identity, identity) : this.absent.has(key, identity);
  }

  /** Bytes of the file of this key when it was last looked at; `undefined` when nobody knows it. */
  sizeOf(key: string): number | undefined {
    const absent = this.absent.all.find((absent) => absent.key === key);
    return this.#byKey.get(key)?.size ?? absent?.checkpoint.size;
  }

  /** Follows a file that was a part of `log`, then at `real`. */
  follow({ path: at, info }: Sibling, log: { log: string; real: string }, scan: Scan): void {
    if (this.isKnown({ path: at, info })) return;
    if (!this.makeRoom(1, scan.group)) throw new PlaceChanged();
    const tail = this.openFound({ path: at, info }, scan, log);
    if (!tail) return;
    tail.order = this.nextOrder();
    this.add(tail, scan.group);
  }

  /**
   * Opens what was found, as a part of `log`; `undefined` when that cannot be done.
   *
   * @throws {PlaceChanged} when something else is there now
   */
  openFound(
    { path: at, info }: Sibling,
    scan: Scan,
    place: { log: string; real?: string } = { log: at },
  ): FileTail | undefined {
    const { problems, nowMs } = scan;
    try {
      using opened = new DisposableStack();
      const tail = opened.use(this.open(at, { ...place, path: place.log, order: 0, nowMs }));
      if (!sameFile(tail.identity, identityOf(info))) throw new PlaceChanged();
      if (this.#byKey.has(tail.key)) return undefined;
      opened.move();
      return tail;
    } catch (error) {
      if (error instanceof PlaceChanged || isMissing(error)) throw new PlaceChanged();
      problems.set(at, reasonOf(error));
      return undefined;
    }
  }

  /** Opens a file. @throws an error of the system */
  open(at: string, place: Omit<TailSetup, "options">): FileTail {
    const file = this.options.finder.links.open(at);
    return new FileTail(file, at, { ...place, options: this.options.tailOf(place.path) });
  }

  /** Follows a file from now on. */
  add(tail: FileTail, group: PendingGroup): void {
    this.#giveUpKey(tail, group);
    this.#byKey.set(tail.key, tail);
    this.#tails.push(tail);
    this.sort();
    remember(tail, group);
  }

  /** Another file that had the inode is gone. What it held is remembered: it may have been copied. */
  #giveUpKey({ key, identity, activeAtMs }: FileTail, group: PendingGroup): void {
    const other = this.absent.drop(key);
    if (!other || sameFile({ ...other, dev: identity.dev }, identity)) return;
    const goneKey = `${key}:${other.born_ms}`;
    this.absent.add(goneKey, other, activeAtMs);
    group.set({ key: goneKey, value: serializeCheckpoint(other) });
    for (const tail of this.#tails) {
      if (tail.copy.renameOriginal(key, goneKey)) remember(tail, group);
    }
    for (const copy of this.absent.copiesOf(key)) {
      copy.checkpoint = { ...copy.checkpoint, copy_of: goneKey };
      group.set({ key: copy.key, value: serializeCheckpoint(copy.checkpoint) });
    }
  }

  /** Puts the files into their order again. */
  sort(): void {
    this.#tails = this.#tails.toSorted((a, b) => a.order - b.order);
  }

  /** Follows a file no longer. */
  close(tail: FileTail): void {
    tail[Symbol.dispose]();
    this.#byKey.delete(tail.key);
    this.#tails = this.#tails.filter((other) => other !== tail);
  }

  /**
   * The file of this key, read to `readTo`, is gone or truncated: what was passed over because it stands there is decided about
   * anew. Gives those copies.
   */
  doubtCopiesOf(
    key: string,
    readTo: number,
    group: PendingGroup,
  ): { followed: FileTail[]; closed: FileCheckpoint[] } {
    const followed = this.#tails.filter(({ copy }) => copy.doubtCopyOf(key));
    const closed = this.absent.copiesOf(key, readTo);
    for (const copy of closed) {
      copy.checkpoint = withoutPassingOver(copy.checkpoint);
      group.set({ key: copy.key, value: serializeCheckpoint(copy.checkpoint) });
    }
    return { followed, closed: closed.map(({ checkpoint }) => checkpoint) };
  }

  /** What was not read of a file that is gone has been seen to. */
  noteFound(key: string, group: PendingGroup): void {
    const absent = this.absent.all.find((absent) => absent.key === key);
    if (!absent) return;
    absent.checkpoint = { ...absent.checkpoint, missed: true };
    group.set({ key, value: serializeCheckpoint(absent.checkpoint) });
  }

  /** Puts into the ledger that a file is gone with `bytes` unread bytes. */
  loseFile(path: string, bytes: number, group: PendingGroup): void {
    this.#log.warn("{path} is gone, and with it what was not read of it", { path, bytes });
    group.lose({ events: 0, bytes, reason: "file gone before it was read", detail: path });
  }

  /** Puts into the ledger that files of a log came and went unseen; how much they held nobody knows. */
  loseFiles(path: string, group: PendingGroup): void {
    const reason = "log rotated more than once between two looks: files may be missing";
    group.lose({ events: 0, bytes: 0, reason, detail: path });
  }
}

/**
 * Sees to the log at `path`. When it does not hold still the scan is made again; after the last try the log is put off to the
 * next scan, rather than that half of what happened to it is taken for the whole.
 *
 * @throws {PlaceChanged} when the scan is worth to be made again
 */
export function orPutOff(path: string, { exact, putOff }: Scan, see: () => void): void {
  try {
    see();
  } catch (error) {
    if (exact || !(error instanceof PlaceChanged)) throw error;
    putOff.add(path);
  }
}

/** Puts where to go on in a file into the group. */
export function remember(tail: FileTail, group: PendingGroup): void {
  group.set({ key: tail.key, value: serializeCheckpoint(checkpointOf(tail)) });
}
