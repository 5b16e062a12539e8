/**
 * The files that are followed now.
 *
 * A scan looks at the configured locations and at what became of the files known:
 *
 * 1. A remembered file is found again, under its path, another configured one or a new name in its
 *    folder, and goes on.
 * 2. A file that was renamed to a path that is configured too is followed under that path, once it
 *    is drained.
 * 3. A file that took the path of a known one begins at 0, after the files that came and went in
 *    between.
 * 4. Any other new file begins at 0 too, or at its end when its location is looked at for the first
 *    time.
 * 5. What was truncated is looked for in the copies that its rotation made of it.
 * 6. A file that left its path and has been quiet is closed and forgotten: last, as it told what is
 *    new.
 *
 * What was opened is what counts: when another file is opened than was looked at, the scan is made
 * again. Files that had the same path one after the other stand in that order.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { dirname } from "node:path";
import { type AbsentFile, AbsentFiles, isLoss } from "./absent_files.ts";
import {
  type FileCheckpoint,
  locationCheckpoint,
  type Remembered,
  serializeCheckpoint,
} from "./checkpoint.ts";
import { compressedBeside, unpack } from "./compressed_files.ts";
import { judge, type Verdict } from "./copies.ts";
import type { FileFinder, FoundFile } from "./file_finder.ts";
import { identityKey, identityOf, sameFile } from "./file_identity.ts";
import { type FileInfo, isMissing, realPathOf, reasonOf, statAt } from "./file_system.ts";
import { type Change, FileTail } from "./file_tail.ts";
import {
  generationsIn,
  hasMarkBehind,
  isRotationName,
  type Sibling,
  siblingsOf,
} from "./generations.ts";
import { PlaceChanged } from "./link_rule.ts";
import type { PendingGroup } from "./pending_group.ts";
import type { TailOptions, TailSetup } from "./tail_options.ts";

/** How files are chosen. */
export interface FollowOptions {
  finder: FileFinder;
  /** Where files begin that exist when their location is looked at for the first time. */
  startAt: "end" | "beginning";
  /** Most files followed, and so handles open, at a time. */
  maxFiles: number;
  tail: TailOptions;
}

/** What a scan is given and fills. */
interface Scan {
  files: readonly FoundFile[];
  problems: Map<string, string>;
  group: PendingGroup;
  nowMs: number;
  /** False once there was no time to wait for things to stand still. */
  exact: boolean;
  /** When the folders of logs had last changed at the scan before, in milliseconds. */
  before: ReadonlyMap<string, number>;
}

/** What a scan noticed. */
interface ScanReport {
  /** Why something named is not followed, by path. */
  problems: Map<string, string>;
  /** Files that took the path of another. */
  rotations: number;
  /** True when a remembered file could not be looked at: worth another scan soon. */
  failed: boolean;
}

/** Scans that are made again at once because files were renamed meanwhile. */
const MAX_SCANS = 5;

/** The set of followed files, in the order in which they are read. */
export class FollowedFiles implements Disposable {
  #options: FollowOptions;
  readonly #log = getLogger(["agent", "collectors", "logcollector"]);
  #told = 0;
  readonly #absent: AbsentFiles;
  readonly #locations: Set<string>;
  readonly #byKey = new Map<string, FileTail>();
  #tails: FileTail[] = [];
  #nextOrder: number;
  #failed = false;
  /** When the folders of logs last changed, as seen by the scan before, in milliseconds. */
  readonly #folders = new Map<string, number>();

  constructor({ files, locations }: Remembered, options: FollowOptions) {
    this.#options = options;
    this.#absent = new AbsentFiles(files);
    this.#locations = new Set(locations);
    this.#nextOrder = 1 + Math.max(0, ...[...files.values()].map(({ order }) => order));
  }

  /** Every followed file. */
  get tails(): readonly FileTail[] {
    return this.#tails;
  }

  /** True when something came to or left a folder of logs since the last scan. */
  get foldersChanged(): boolean {
    return [...this.#folders].some(([folder, changedMs]) => folderTime(folder) !== changedMs);
  }

  /** Looks for files; puts what must be remembered into `group`. `nowMs` is monotonic. */
  scan(group: PendingGroup, nowMs: number): ScanReport {
    const problems = new Map<string, string>();
    const before = new Map(this.#folders);
    let rotations = 0;
    for (let left = MAX_SCANS; left > 0; left--) {
      const found = this.#options.finder.find();
      problems.clear();
      for (const [path, reason] of found.problems) problems.set(path, reason);
      const scan = { files: found.files, problems, group, nowMs, exact: left > 1, before };
      try {
        this.#noteFolders(scan);
        this.#findAbsent(scan);
        this.#followRenamed(scan);
        rotations += this.#takeOver(scan);
        this.#takeNew(scan);
        break;
      } catch (error) {
        if (!(error instanceof PlaceChanged)) throw error;
      }
    }
    const scan = { files: [], problems, group, nowMs, exact: true, before };
    this.#searchCopies(scan);
    this.#closeFinished(scan);
    for (const location of this.#options.finder.locations) this.#markLocation(location, group);
    this.#tellCount();
    return { problems, rotations, failed: this.#failed };
  }

  /** Decides about files of which nothing was read whether they are copies of others. */
  decide(group: PendingGroup, nowMs: number): void {
    const undecided = this.#tails.filter((tail) => tail.undecided);
    for (const tail of undecided) {
      const originals = { tails: this.#tails, absent: this.#absent.originalsOf(tail.size) };
      this.#tell(tail, judge(tail, originals, nowMs), group);
      remember(tail, group);
    }
  }

  /** Goes on in the compressed files that became of remembered ones. */
  async unpackMissed(group: PendingGroup, nowMs: number, signal: AbortSignal): Promise<void> {
    for (const { key, checkpoint } of this.#absent.missed) {
      if (checkpoint.offset === 0 || !this.#options.finder.covers(checkpoint.log)) continue;
      for (const path of compressedBeside(checkpoint)) {
        const tail = await this.#unpack(path, { key, checkpoint }, { nowMs, signal });
        if (!tail) continue;
        this.#absent.drop(key);
        this.#add(tail, group);
        break;
      }
    }
  }

  async #unpack(
    path: string,
    { key, checkpoint }: Pick<AbsentFile, "key" | "checkpoint">,
    { nowMs, signal }: { nowMs: number; signal: AbortSignal },
  ): Promise<FileTail | undefined> {
    try {
      using packed = this.#options.finder.links.open(path);
      const file = await unpack(packed, checkpoint, signal);
      if (!file) return undefined;
      using opened = new DisposableStack();
      const { log, path: reported, real, order, dev, ino, born_ms } = checkpoint;
      const known = { key, identity: { dev, ino, born_ms } };
      const setup = { log, path: reported, real, order, known, nowMs, options: this.#options.tail };
      const tail = opened.use(new FileTail(file, path, setup));
      if (!tail.resume(checkpoint)) return undefined;
      opened.move();
      this.#log.info("{path} was compressed to {packed} and is read there", {
        path: reported,
        packed: path,
      });
      return tail;
    } catch (error) {
      signal.throwIfAborted();
      this.#log.warn("Cannot unpack {path}: {reason}", { path, reason: reasonOf(error) });
      return undefined;
    }
  }

  /** Puts into the ledger which remembered files are gone with what was not read of them. */
  noteMissed(group: PendingGroup): void {
    for (const absent of this.#absent.missed) {
      const { path, size, offset } = absent.checkpoint;
      absent.checkpoint = { ...absent.checkpoint, missed: true };
      group.set({ key: absent.key, value: serializeCheckpoint(absent.checkpoint) });
      this.#loseFile(path, Math.max(0, size - offset), group);
    }
  }

  /** Puts into the ledger what is not stored of files that no name leads to any more. */
  noteUnread({ files }: Remembered, group: PendingGroup): void {
    for (const tail of this.#tails.filter((tail) => tail.deleted)) {
      const bytes = Math.max(0, tail.size - (files.get(tail.key)?.offset ?? 0));
      group.set({ key: tail.key, value: null });
      if (bytes > 0) this.#loseFile(tail.path, bytes, group);
    }
  }

  /** Other options from now on. Files that they name no longer are closed. */
  configure(options: FollowOptions): void {
    this.#options = options;
    for (const tail of this.#tails) {
      tail.configure(options.tail);
      if (!options.finder.covers(tail.path) && !options.finder.covers(tail.log)) {
        this.#close(tail);
        this.#absent.add(tail.key, tail.checkpoint());
      }
    }
  }

  /** Closes every file. */
  [Symbol.dispose](): void {
    for (const tail of this.#tails) tail[Symbol.dispose]();
    this.#tails = [];
    this.#byKey.clear();
  }

  #loseFile(path: string, bytes: number, group: PendingGroup): void {
    this.#log.warn("{path} is gone, and with it what was not read of it", { path, bytes });
    group.lose({ events: 0, bytes, reason: "file gone before it was read", detail: path });
  }

  #tell(tail: FileTail, verdict: Verdict, group: PendingGroup): void {
    if (verdict.kind === "copy") {
      this.#log.info("{path} is a copy of {original}, which was read", {
        path: tail.path,
        original: verdict.original,
      });
    } else if (verdict.kind === "doubtful") {
      const reason = "read although it may be a copy: its first lines may be there twice";
      group.lose({ events: 0, bytes: 0, reason, detail: tail.path });
    }
  }

  /** One line for however many files, and only when their number changes. */
  #tellCount(): void {
    if (this.#tails.length === this.#told) return;
    this.#told = this.#tails.length;
    this.#log.info("Following files", { files: this.#told });
  }

  /** Before anything is looked at: what comes later changes the folder again. */
  #noteFolders({ files }: Scan): void {
    const { finder } = this.#options;
    const places = this.#tails.flatMap(({ path, real }) => [dirname(path), dirname(real)]);
    const folders = [...finder.folders, ...files.map(({ path }) => dirname(path)), ...places];
    for (const folder of new Set(folders)) this.#folders.set(folder, folderTime(folder));
  }

  #findAbsent(scan: Scan): void {
    let waiting = this.#searchAbsent(scan);
    if (waiting.length > 0 && this.#makeRoom(waiting) > 0) {
      waiting = this.#searchAbsent(scan, true);
    }
    this.#tellWaiting(waiting, scan);
  }

  #tellWaiting(waiting: readonly Sibling[], { problems }: Scan): void {
    const [first, ...others] = newestFirst(waiting);
    if (!first) return;
    const reason = `${this.#options.maxFiles} files are followed already, the newest` +
      (others.length > 0 ? `; ${others.length} others are not followed either` : "");
    problems.set(first.path, reason);
  }

  /** Gives the files with something to read that there is no place for. */
  #searchAbsent(scan: Scan, onlyUnread = false): Sibling[] {
    const { finder, tail: { forgetAfterMs }, maxFiles } = this.#options;
    const wasMissing = new Set(this.#absent.missed);
    const { found, gone, waiting, changed, failed } = this.#absent.search({
      ...scan,
      onlyUnread,
      forgetAfterMs,
      covers: (path) => finder.covers(path),
      isFollowed: (key) => this.#byKey.has(key),
      mayOpen: (count) => this.#tails.length + count < maxFiles,
      open: (at, { log, path, order }) => this.#open(at, { log, path, order, nowMs: scan.nowMs }),
    });
    const forgotten = [...gone, ...found.map(({ key }) => key)];
    for (const key of forgotten) scan.group.set({ key, value: null });
    for (const { tail } of found) this.#add(tail, scan.group);
    this.#failed = failed;
    // A name may escape a listing while it is given to another file: only what is missing twice is.
    const isNews = this.#absent.missed.some((absent) => !wasMissing.has(absent));
    if (scan.exact && (changed || isNews)) throw new PlaceChanged();
    return waiting;
  }

  #followRenamed({ files, group }: Scan): void {
    for (const { path, info } of files) {
      const tail = this.#byKey.get(identityKey(identityOf(info), path));
      if (!tail?.moved || !tail.drained) continue;
      tail.moveTo(path, isRotationName(tail.log, path) ? tail.log : path);
      remember(tail, group);
    }
  }

  #closeFinished({ group, nowMs }: Scan): void {
    for (const tail of this.#tails.filter((tail) => tail.isOver(nowMs))) {
      this.#close(tail);
      // While it lies somewhere it is remembered: it may be copied, or be taken for a new one.
      if (tail.deleted) group.set({ key: tail.key, value: null });
      else this.#absent.add(tail.key, tail.checkpoint());
    }
  }

  #close(tail: FileTail): void {
    tail[Symbol.dispose]();
    this.#byKey.delete(tail.key);
    this.#tails = this.#tails.filter((other) => other !== tail);
  }

  /**
   * Follows what took the path of a known file, behind that one and what came and went in between.
   */
  #takeOver(scan: Scan): number {
    const unknown = new Map(this.#unknown(scan).map((file) => [file.path, file]));
    const known = scan.files.filter(({ path }) => !unknown.has(path));
    const left = this.#lastOfEachLog();
    for (const { path } of known) left.delete(path);
    let rotations = 0;
    for (const [log, last] of left) {
      if (this.#options.finder.covers(log)) rotations += this.#succeed(log, last, scan);
    }
    return rotations;
  }

  /** Follows what came to the path of `log` after `last`. */
  #succeed(log: string, last: FileCheckpoint, scan: Scan): number {
    const file = scan.files.find(({ path }) => path === log);
    if (file && !this.#hasRoom(file, scan)) return 0;
    using opened = new DisposableStack();
    const current = file &&
      opened.adopt(this.#openFound(file, scan), (tail) => tail?.[Symbol.dispose]());
    if (file && !current) return 0;
    const between = generationsIn({
      log: last.real,
      afterMs: last.mtime_ms,
      last,
      current: current?.identity,
      ...(current && { currentReal: current.real }),
    });
    if (current) this.#noteGap(last, scan);
    for (const sibling of between) this.#follow(sibling, { log, real: last.real }, scan);
    if (current) current.order = this.#nextOrder++;
    opened.move();
    if (current) this.#add(current, scan.group);
    return between.length + (current ? 1 : 0);
  }

  /**
   * A log whose last file is gone although its rotation keeps files was rotated more than once: what
   * came between is gone too.
   */
  #noteGap({ path, real, mtime_ms, ...last }: FileCheckpoint, { group }: Scan): void {
    const siblings = siblingsOf(real);
    const isThere = siblings.some(({ info }) => sameFile(identityOf(info), last));
    const rotated = siblings.filter((sibling) => hasMarkBehind(real, sibling.path));
    const packed = siblings.filter(({ path, info }) =>
      path.endsWith(".gz") && hasMarkBehind(real, path.slice(0, -3)) && bornMs(info) >= mtime_ms
    );
    if (isThere || (rotated.length === 0 && packed.length < 2)) return;
    const reason = "log rotated more than once between two looks: files may be missing";
    group.lose({ events: 0, bytes: 0, reason, detail: path });
  }

  /** The newest file that is known of each log. */
  #lastOfEachLog(): Map<string, FileCheckpoint> {
    const followed = this.#tails.map((tail) => tail.checkpoint());
    const absent = this.#absent.all.map(({ checkpoint }) => checkpoint);
    const all = [...absent, ...followed].sort((a, b) => a.order - b.order);
    return new Map(all.map((checkpoint) => [checkpoint.log, checkpoint]));
  }

  /** The newest files first, as not all may be followed. */
  #takeNew(scan: Scan): void {
    const unknown = this.#unknown(scan);
    const places = this.#makeRoom(unknown);
    const chosen = new Set(newestFirst(unknown).slice(0, places));
    for (const file of unknown) {
      const isFirstLook = !this.#locations.has(file.location);
      if (chosen.has(file)) this.#followNew(file, isFirstLook, scan);
      else if (isFirstLook && this.#options.startAt === "end") this.#rememberEnd(file, scan);
    }
    this.#tellWaiting(unknown.filter((file) => !chosen.has(file)), scan);
  }

  /** Closes files that are older and quiet as far as newer ones need their places; gives how many there are. */
  #makeRoom(wanted: readonly Sibling[]): number {
    const { maxFiles } = this.#options;
    const newest = newestFirst(wanted);
    let free = maxFiles - this.#tails.length;
    const quiet = this.#tails.filter((tail) => !tail.moved && tail.drained)
      .sort((a, b) => a.mtimeMs - b.mtimeMs);
    for (const tail of quiet) {
      const next = newest[free];
      if (free >= maxFiles || !next || tail.mtimeMs >= modifiedMs(next)) break;
      this.#close(tail);
      this.#absent.add(tail.key, tail.checkpoint());
      free++;
    }
    return Math.max(0, free);
  }

  #hasRoom(file: Sibling, scan: Scan): boolean {
    if (this.#makeRoom([file]) > 0) return true;
    this.#tellWaiting([file], scan);
    return false;
  }

  #followNew(file: FoundFile, isFirstLook: boolean, scan: Scan): void {
    if (this.#byKey.has(identityKey(identityOf(file.info), file.path))) return;
    const tail = this.#openFound(file, scan);
    if (!tail) return;
    if (isFirstLook) tail.markOwn();
    else this.#followEarlier(file, tail, scan);
    tail.order = this.#nextOrder++;
    if (isFirstLook && this.#options.startAt === "end") tail.goToEnd();
    this.#add(tail, scan.group);
  }

  /** A log that is seen for the first time may have been rotated since the last scan. */
  #followEarlier({ path }: FoundFile, tail: FileTail, scan: Scan): void {
    const log = realPathOf(path);
    const before = scan.before.get(dirname(log));
    if (before === undefined) return;
    const current = tail.identity;
    for (const sibling of generationsIn({ log, afterMs: before + 1, current })) {
      this.#follow(sibling, { log: path, real: log }, scan);
    }
  }

  /** Remembers the end of a file that cannot be followed now. */
  #rememberEnd(file: FoundFile, scan: Scan): void {
    using tail = this.#openFound(file, scan);
    if (!tail) return;
    tail.order = this.#nextOrder++;
    tail.goToEnd();
    remember(tail, scan.group);
    this.#absent.add(tail.key, tail.checkpoint());
  }

  /**
   * Looks beside a log that was truncated for the copies that were made of it before, and reads there
   * what was not read: the rest of what was truncated first, and what was written and truncated
   * unseen.
   */
  #searchCopies(scan: Scan): void {
    for (const original of [...this.#tails]) {
      const change = original.takeChange();
      if (!change || original.moved || original.path !== original.log) continue;
      const folder = dirname(original.real);
      if (!change.isRewritten && scan.before.get(folder) === this.#folders.get(folder)) continue;
      this.#searchCopiesOf(original, change, scan);
    }
  }

  #searchCopiesOf(original: FileTail, { afterMs, isRewritten }: Change, scan: Scan): void {
    const { path: log, real } = original;
    const beside = siblingsOf(real).filter(({ path, info }) =>
      isRotationName(real, path) && !this.#isKnown({ path, info }) &&
      !this.#options.finder.covers(path)
    );
    const copies = beside.filter((sibling) => this.#readCopy(original, sibling, scan));
    if (copies.length === 0 && !isRewritten) return;
    const unseen = beside.filter((sibling) => !copies.includes(sibling))
      .filter(({ path, info }) => hasMarkBehind(real, path) && bornMs(info) >= afterMs)
      .sort((a, b) => bornMs(a.info) - bornMs(b.info));
    for (const sibling of unseen) this.#follow(sibling, { log, real }, scan);
    original.order = this.#nextOrder++;
    remember(original, scan.group);
    this.#sort();
  }

  /** Follows a copy of what was truncated where that was read to. False for another file. */
  #readCopy(original: FileTail, { path: at }: Sibling, { group, nowMs, problems }: Scan): boolean {
    try {
      using opened = new DisposableStack();
      const { log, path, real } = original;
      const order = this.#nextOrder++;
      const copy = opened.use(this.#open(at, { log, path, real, order, nowMs }));
      const readTo = readInCopy(original, copy);
      if (readTo === 0) return false;
      original.noteCopy(copy.size);
      copy.passOverRead(readTo);
      opened.move();
      this.#add(copy, group);
      return true;
    } catch (error) {
      problems.set(at, reasonOf(error));
      return false;
    }
  }

  #unknown({ files }: Scan): FoundFile[] {
    return files.filter((file) => !this.#isKnown(file));
  }

  /** True for a file that is followed, or that is remembered and lies where it did. */
  #isKnown({ path, info }: Sibling): boolean {
    const key = identityKey(identityOf(info), path);
    return this.#byKey.has(key) || this.#absent.has(key);
  }

  /** Follows a file that was a part of `log`, then at `real`. */
  #follow({ path: at, info }: Sibling, log: { log: string; real: string }, scan: Scan): void {
    if (this.#isKnown({ path: at, info })) return;
    const tail = this.#hasRoom({ path: at, info }, scan) &&
      this.#openFound({ path: at, info }, scan, log);
    if (!tail) return;
    tail.order = this.#nextOrder++;
    this.#add(tail, scan.group);
  }

  /**
   * Opens what was found, as a part of `log`; `undefined` when that cannot be done.
   *
   * @throws {PlaceChanged} when something else is there now
   */
  #openFound(
    { path: at, info }: Sibling,
    scan: Scan,
    place: { log: string; real?: string } = { log: at },
  ): FileTail | undefined {
    const { problems, nowMs, exact } = scan;
    try {
      using opened = new DisposableStack();
      const tail = opened.use(this.#open(at, { ...place, path: place.log, order: 0, nowMs }));
      if (exact && !sameFile(tail.identity, identityOf(info))) throw new PlaceChanged();
      if (this.#byKey.has(tail.key)) return undefined;
      opened.move();
      return tail;
    } catch (error) {
      if (exact && (error instanceof PlaceChanged || isMissing(error))) throw new PlaceChanged();
      if (!isMissing(error)) problems.set(at, reasonOf(error));
      return undefined;
    }
  }

  #open(at: string, place: Omit<TailSetup, "options">): FileTail {
    const file = this.#options.finder.links.open(at);
    return new FileTail(file, at, { ...place, options: this.#options.tail });
  }

  #add(tail: FileTail, group: PendingGroup): void {
    const other = this.#absent.drop(tail.key);
    if (other && !other.missed && isLoss(other)) {
      this.#loseFile(other.path, Math.max(0, other.size - other.offset), group);
    }
    this.#byKey.set(tail.key, tail);
    this.#tails.push(tail);
    this.#sort();
    remember(tail, group);
  }

  #sort(): void {
    this.#tails = this.#tails.toSorted((a, b) => a.order - b.order);
  }

  #markLocation(location: string, group: PendingGroup): void {
    if (this.#locations.has(location)) return;
    this.#locations.add(location);
    group.set(locationCheckpoint(location));
  }
}

/** Puts where to go on in a file into the group. */
export function remember(tail: FileTail, group: PendingGroup): void {
  group.set({ key: tail.key, value: serializeCheckpoint(tail.checkpoint()) });
}

function newestFirst<F extends Sibling>(files: readonly F[]): F[] {
  return files.toSorted((a, b) => modifiedMs(b) - modifiedMs(a));
}

function modifiedMs({ info }: Sibling): number {
  return info.mtime?.getTime() ?? 0;
}

/** How far a copy outside the configuration was read through its original; 0 for another file. */
function readInCopy(original: FileTail, copy: FileTail): number {
  const likeness = original.truncatedIn(copy);
  if (likeness.kind === "past") return likeness.readTo;
  if (!original.wasCopiedTo(copy)) return 0;
  const readTo = original.offset;
  original.startAnew();
  return readTo;
}

function bornMs({ birthtime }: FileInfo): number {
  return birthtime?.getTime() ?? -Infinity;
}

/** When something last came to or left a folder; -1 when there is none. */
function folderTime(folder: string): number {
  try {
    return statAt(folder)?.mtime?.getTime() ?? -1;
  } catch {
    return -1;
  }
}
