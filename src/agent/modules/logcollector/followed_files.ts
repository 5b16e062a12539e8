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

import { checkpointOf } from "./files/tail_checkpoint.ts";
import { getLogger } from "@logtape/logtape";
import { dirname } from "node:path";
import { locationCheckpoint, type Remembered, serializeCheckpoint } from "./files/checkpoint.ts";
import type { AbsentFile } from "./rotation/absent_files.ts";
import { CopySearch } from "./rotation/copy_search.ts";
import { isRotatedAmong } from "./rotation/copy_names.ts";
import { Decisions, type Rescue } from "./rotation/decisions.ts";
import { type FollowOptions, orPutOff, remember, type Scan, TailSet } from "./files/tail_set.ts";
import { Succession } from "./rotation/succession.ts";
import { Unpacker } from "./rotation/unpacker.ts";
import type { FoundFile } from "./finding/file_finder.ts";
import { passOverOld, rememberEnd } from "./finding/first_look.ts";
import { FolderNames } from "./finding/folder_names.ts";
import { FolderTimes } from "./finding/folder_times.ts";
import { identityKey, identityOf } from "./files/file_identity.ts";
import type { FileTail } from "./files/file_tail.ts";
import { isRotationName, keyOf, type Sibling } from "./rotation/generations.ts";
import { PlaceChanged } from "./finding/link_rule.ts";
import { noteMissed, noteUnread } from "./rotation/missed_files.ts";
import type { PendingGroup } from "./pending_group.ts";

/** What a scan noticed. */
interface ScanReport {
  /** Why something named is not followed, by path. */
  problems: Map<string, string>;
  /** Why a location leads to no file, by location. */
  unmatched: ReadonlyMap<string, string>;
  /** Files that took the path of another. */
  rotations: number;
  /** True when a remembered file could not be looked at: worth another scan soon. */
  failed: boolean;
  /** Files with something to read that there is no place for. */
  waiting: number;
}

/** Scans that are made again at once because files were renamed meanwhile. */
const MAX_SCANS = 5;

/** The set of followed files, in the order in which they are read. */
export class FollowedFiles implements Disposable {
  readonly #set: TailSet;
  readonly #unpacker: Unpacker;
  readonly #succession: Succession;
  readonly #decisions: Decisions;
  readonly #log = getLogger(["agent", "collectors", "logcollector"]);
  readonly #locations: Set<string>;
  readonly #folders: FolderTimes;
  #told = 0;
  #failed = false;
  /** Paths of logs that the last scan put off to the next one. */
  #putOff: ReadonlySet<string> = new Set();

  constructor(remembered: Remembered, options: FollowOptions) {
    this.#set = new TailSet(remembered, options);
    this.#unpacker = new Unpacker(this.#set);
    this.#succession = new Succession(this.#set, this.#unpacker);
    this.#decisions = new Decisions(this.#set, this.#unpacker);
    this.#locations = new Set(remembered.locations);
    this.#folders = new FolderTimes(remembered.folders);
  }

  /** Every followed file. */
  get tails(): readonly FileTail[] {
    return this.#set.tails;
  }

  /** Files that were closed because they are quiet, or too old, and that are still there. */
  get closed(): readonly AbsentFile[] {
    return this.#set.absent.all.filter(({ released, missingSinceMs }) =>
      released && missingSinceMs === undefined
    );
  }

  /** Files with something to read that there is no place for. */
  get waiting(): number {
    return this.#set.places.waiting;
  }

  /** Why files wait; `undefined` when none do. */
  get waitingProblem(): string | undefined {
    return this.#set.places.problem(this.#set.options.maxFiles);
  }

  /** True when something may have come to or left a folder of logs since the last scan. */
  get foldersChanged(): boolean {
    return this.#folders.mayHaveChanged;
  }

  /** Looks for files; puts what must be remembered into `group`. `nowMs` is monotonic. */
  scan(group: PendingGroup, nowMs: number): ScanReport {
    const problems = new Map<string, string>();
    const before = this.#folders.done;
    const putOff = new Set<string>();
    const notFound = new Set<string>();
    let rotations = 0;
    let unmatched: ReadonlyMap<string, string> = new Map();
    for (let left = MAX_SCANS; left > 0; left--) {
      this.#lookAtFolders();
      const found = this.#set.options.finder.find();
      // Those of a round that is made again are found again, if they last.
      problems.clear();
      putOff.clear();
      unmatched = found.unmatched;
      for (const [path, reason] of found.problems) problems.set(path, reason);
      const { files } = found;
      this.#folders.lookAgain(new Set(files.map(({ path }) => dirname(path))));
      const paths = new Set(files.map(({ path }) => path));
      const names = new FolderNames();
      const exact = left > 1;
      const seen = { files, paths, names, notFound };
      const scan = { ...seen, problems, group, nowMs, exact, before, putOff };
      try {
        const waiting = this.#searchAbsent(scan);
        this.#followRenamed(scan);
        rotations += this.#succession.takeOver(scan);
        this.#takeNew(waiting, scan);
        new CopySearch(this.#set, this.#unpacker).search(scan, this.#folders);
        break;
      } catch (error) {
        // Something was renamed meanwhile; half a picture would tell copies from originals wrongly.
        if (!(error instanceof PlaceChanged)) throw error;
      }
    }
    this.#putOff = putOff;
    if (putOff.size === 0) this.#markLocations(group);
    this.#closeFinished({ group, nowMs });
    this.#set.releaseQuiet(group, nowMs);
    this.#settleFolders(group);
    this.#tellCount();
    const failed = this.#failed || putOff.size > 0;
    return { problems, unmatched, rotations, failed, waiting: this.waiting };
  }

  /**
   * Decides about files of which nothing was read whether they are copies of others; later, when
   * their originals may be compressed.
   */
  decide(group: PendingGroup, nowMs: number): void {
    // The original may be among what is still compressed.
    if (this.mustUnpack) return;
    this.#decisions.decide(group, nowMs, this.#foldersPutOff);
  }

  /** Puts into the ledger what truncations took, unless it may be compressed; gives how many were told. */
  tellTruncations(group: PendingGroup, nowMs: number, rescue: Rescue): number {
    if (this.mustUnpack) return 0;
    const putOff = this.#foldersPutOff;
    return this.#decisions.tellTruncations(group, nowMs, { putOff, rescue });
  }

  get #foldersPutOff(): ReadonlySet<string> {
    return new Set([...this.#putOff].map(dirname));
  }

  /** True while compressed files wait for {@linkcode FollowedFiles.unpack}. */
  get mustUnpack(): boolean {
    return this.#unpacker.isBusy || this.#set.absent.missed.length > 0;
  }

  /** Goes on in compressed files that became of the log's files. */
  async unpack(group: PendingGroup, nowMs: number, signal: AbortSignal): Promise<void> {
    const isPutOff = (log: string) => this.#putOff.has(log);
    if (this.mustUnpack) await this.#unpacker.unpackAll({ group, nowMs, signal }, isPutOff);
    this.#decisions.decide(group, nowMs, this.#foldersPutOff);
    this.#unpacker.reportGaps(group);
    this.#settleFolders(group);
  }

  /** Puts into the ledger which remembered files are gone with what was not read of them. */
  noteMissed(group: PendingGroup): void {
    noteMissed(this.#set, group, (log) => this.#putOff.has(log));
  }

  /** Puts into the ledger what is not stored of files that no name leads to any more. */
  noteUnread(remembered: Remembered, group: PendingGroup): void {
    noteUnread(this.#set, remembered, group);
  }

  /** Other options from now on. Files that they name no longer are closed. */
  configure(options: FollowOptions): void {
    this.#set.options = options;
    for (const tail of this.#set.tails) {
      tail.configure(options.tailOf(tail.path));
      if (!options.finder.covers(tail.path) && !options.finder.covers(tail.log)) {
        this.#set.close(tail);
        this.#set.absent.add(tail.key, checkpointOf(tail));
      }
    }
  }

  /** Closes every file. */
  [Symbol.dispose](): void {
    for (const tail of this.#set.tails) this.#set.close(tail);
  }

  /** One line for however many files, and only when their number changes. */
  #tellCount(): void {
    if (this.#set.tails.length === this.#told) return;
    this.#told = this.#set.tails.length;
    this.#log.info("Following files", { files: this.#told });
  }

  #lookAtFolders(): void {
    const places = this.#set.tails.flatMap(({ path, real }) => [dirname(path), dirname(real)]);
    this.#folders.look(new Set([...this.#set.options.finder.folders, ...places]));
  }

  /** Not while something waits of which only this process knows: the next one has to find it again. */
  #settleFolders(group: PendingGroup): void {
    if (this.#putOff.size === 0 && !this.mustUnpack) this.#folders.settle(group);
  }

  /** Gives the files with something to read that there is no place for; only those `chosen` are opened. */
  #searchAbsent(scan: Scan, chosen?: ReadonlySet<string>): Sibling[] {
    const { finder, tail: { forgetAfterMs }, maxFiles } = this.#set.options;
    const { found, gone, waiting, changed, failed } = this.#set.absent.search({
      ...scan,
      onlyUnread: chosen !== undefined,
      forgetAfterMs,
      covers: (path) => finder.covers(path),
      isFollowed: (key) => this.#set.byKey.has(key),
      mayOpen: (key, count) =>
        this.#set.tails.length + count < maxFiles && (chosen?.has(key) ?? true),
      open: (at, { log, path, order }) =>
        this.#set.open(at, { log, path, order, nowMs: scan.nowMs }),
    });
    const forgotten = [...gone, ...found.map(({ key }) => key)];
    for (const key of forgotten) scan.group.set({ key, value: null });
    for (const { tail } of found) this.#set.add(tail, scan.group);
    this.#failed = failed;
    const doubtful = this.#set.absent.doubtMissed().map(({ checkpoint }) => checkpoint.log);
    const unclear = [...changed, ...doubtful];
    if (scan.exact && unclear.length > 0) throw new PlaceChanged();
    for (const log of unclear) scan.putOff.add(log);
    return waiting;
  }

  #followRenamed({ files, group }: Scan): void {
    for (const { path, info } of files) {
      const tail = this.#set.byKey.get(identityKey(identityOf(info), path));
      if (!tail?.moved || !tail.drained) continue;
      tail.moveTo(path, isRotationName(tail.log, path) ? tail.log : path);
      remember(tail, group);
    }
  }

  #closeFinished({ group, nowMs }: Pick<Scan, "group" | "nowMs">): void {
    for (const tail of this.#set.tails.filter((tail) => tail.isOver(nowMs))) {
      this.#set.close(tail);
      // It is remembered: it may be copied or compressed, or be taken for a new one.
      const isGone = tail.deleted && !tail.packed;
      const checkpoint = { ...checkpointOf(tail), missed: isGone };
      group.set({ key: tail.key, value: serializeCheckpoint(checkpoint) });
      this.#set.absent.add(tail.key, checkpoint, isGone ? nowMs : undefined);
    }
  }

  /** New files, and known ones that wait for a place, as far as there are places. */
  #takeNew(known: readonly Sibling[], scan: Scan): void {
    const { options: { maxFiles, startAtOf }, places } = this.#set;
    const unknown = passOverOld(this.#set, this.#unknown(scan), scan)
      .filter(({ path }) => !scan.putOff.has(path));
    const wanted = [...known, ...unknown];
    const chosen = places.choose(wanted, this.#set.makeRoom(wanted.length, scan.group));
    if (known.some((file) => chosen.has(keyOf(file)))) this.#searchAbsent(scan, chosen);
    for (const file of unknown) {
      const isFirstLook = !this.#locations.has(file.location);
      if (chosen.has(keyOf(file))) {
        orPutOff(file.path, scan, () => this.#followNew(file, isFirstLook, scan));
      } else if (isFirstLook && startAtOf(file.location) === "end") {
        orPutOff(file.path, scan, () => rememberEnd(this.#set, file, scan));
      }
    }
    places.keepWaiting(wanted.filter((file) => !chosen.has(keyOf(file))), maxFiles);
  }

  #followNew(file: FoundFile, isFirstLook: boolean, scan: Scan): void {
    if (this.#set.byKey.has(identityKey(identityOf(file.info), file.path))) return;
    const tail = this.#set.openFound(file, scan);
    if (!tail) return;
    const isRotated = isRotatedAmong(scan.paths, file.path);
    if (isFirstLook && !isRotated) tail.copy.markOwn();
    if (!isFirstLook) this.#succession.followEarlier(file, tail, scan);
    tail.order = this.#set.nextOrder();
    if (isFirstLook && this.#set.options.startAtOf(file.location) === "end") tail.goToEnd();
    this.#set.add(tail, scan.group);
  }

  #unknown({ files }: Scan): FoundFile[] {
    return files.filter((file) => !this.#set.isKnown(file));
  }

  #markLocations(group: PendingGroup): void {
    for (const location of this.#set.options.finder.locations) {
      if (this.#locations.has(location)) continue;
      this.#locations.add(location);
      group.set(locationCheckpoint(location));
    }
  }
}
