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
 *    time. A copy of a followed file, as rotations make that copy and truncate, begins where the
 *    original was read to.
 * 5. A file that left its path and has been quiet is closed and forgotten: last, as it told what is
 *    new.
 *
 * Files that had the same path one after the other stand in that order.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { dirname } from "node:path";
import { AbsentFiles } from "./absent_files.ts";
import {
  type FileCheckpoint,
  locationCheckpoint,
  type Remembered,
  serializeCheckpoint,
} from "./checkpoint.ts";
import type { FileFinder, FoundFile } from "./file_finder.ts";
import { identityKey, identityOf } from "./file_identity.ts";
import { reasonOf } from "./file_system.ts";
import { FileTail } from "./file_tail.ts";
import { OpenFile } from "./open_file.ts";
import type { PendingGroup } from "./pending_group.ts";
import { isRotationOf, rotationsBetween, type Sibling } from "./rotations.ts";
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
}

/** What a scan noticed. */
export interface ScanReport {
  /** Why something named is not followed, by path. */
  problems: Map<string, string>;
  /** Files that took the path of another. */
  rotations: number;
}

/** The set of followed files, in the order in which they are read. */
export class FollowedFiles implements Disposable {
  readonly #options: FollowOptions;
  readonly #log = getLogger(["agent", "collectors", "logcollector"]);
  #told = 0;
  readonly #absent: AbsentFiles;
  readonly #locations: Set<string>;
  readonly #byKey = new Map<string, FileTail>();
  #tails: FileTail[] = [];
  #nextOrder: number;

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

  /** Looks for files; puts what must be remembered into `group`. `nowMs` is monotonic. */
  scan(group: PendingGroup, nowMs: number): ScanReport {
    const { files, problems } = this.#options.finder.find();
    const scan = { files, problems, group, nowMs };
    this.#findAbsent(scan);
    this.#followRenamed(scan);
    const rotations = this.#takeOver(scan);
    this.#takeNew(scan);
    this.#closeFinished(scan);
    for (const location of this.#options.finder.locations) this.#markLocation(location, group);
    this.#tellCount();
    return { problems, rotations };
  }

  /** Closes every file. */
  [Symbol.dispose](): void {
    for (const tail of this.#tails) tail[Symbol.dispose]();
    this.#tails = [];
    this.#byKey.clear();
  }

  /** One line for however many files, and only when their number changes. */
  #tellCount(): void {
    if (this.#tails.length === this.#told) return;
    this.#told = this.#tails.length;
    this.#log.info("Following files", { files: this.#told });
  }

  #findAbsent(scan: Scan): void {
    const { finder, tail: { forgetAfterMs } } = this.#options;
    const { found, gone } = this.#absent.search({
      ...scan,
      forgetAfterMs,
      covers: (path) => finder.covers(path),
      isFollowed: (key) => this.#byKey.has(key),
      open: (at, { log, path, order }) => this.#open(at, { log, path, order, nowMs: scan.nowMs }),
    });
    const forgotten = [...gone, ...found.map(({ key }) => key)];
    for (const key of forgotten) scan.group.set({ key, value: null });
    for (const { tail, truncated } of found) {
      this.#add(tail, scan.group);
      if (truncated) {
        this.#log.info("{path} was truncated while it was not followed", { path: tail.path });
      }
    }
  }

  #followRenamed({ files, group }: Scan): void {
    for (const { path, info } of files) {
      const tail = this.#byKey.get(identityKey(identityOf(info), path));
      if (!tail?.moved || !tail.drained) continue;
      tail.moveTo(path);
      remember(tail, group);
    }
  }

  #closeFinished({ group, nowMs }: Scan): void {
    for (const tail of this.#tails.filter((tail) => tail.isOver(nowMs))) {
      tail[Symbol.dispose]();
      this.#byKey.delete(tail.key);
      this.#tails = this.#tails.filter((other) => other !== tail);
      group.set({ key: tail.key, value: null });
    }
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
      if (!this.#options.finder.covers(log)) continue;
      const file = unknown.get(log);
      if (file && this.#absent.checkpoints.includes(last)) {
        this.#log.warn("What was not read of the file that was {path} before is gone with it", {
          path: log,
        });
      }
      const current = file && identityOf(file.info);
      const between = rotationsBetween(log, { last, current });
      for (const sibling of between) this.#follow(sibling, log, scan);
      if (file) this.#follow(file, log, { ...scan, begin: (tail) => this.#skipCopied(tail) });
      rotations += between.length + (file ? 1 : 0);
    }
    return rotations;
  }

  /** The newest file that is known of each log. */
  #lastOfEachLog(): Map<string, FileCheckpoint> {
    const followed = this.#tails.map((tail) => tail.checkpoint());
    const all = [...this.#absent.checkpoints, ...followed].sort((a, b) => a.order - b.order);
    return new Map(all.map((checkpoint) => [checkpoint.log, checkpoint]));
  }

  #takeNew(scan: Scan): void {
    for (const file of this.#unknown(scan)) {
      const isFirstLook = !this.#locations.has(file.location);
      this.#follow(file, file.path, {
        ...scan,
        begin: (tail) => {
          if (!isFirstLook) this.#skipCopied(tail);
          else if (this.#options.startAt === "end") tail.goToEnd();
        },
      });
    }
  }

  /**
   * Goes to where a copy of a followed file has been read through the original; stays at 0 in a
   * file that is no copy.
   */
  #skipCopied(copy: FileTail): void {
    for (const tail of this.#tails) {
      const read = isRotationOf(tail.path, copy.path) ? tail.readInCopy(copy) : 0;
      if (read > 0) return copy.goTo(read);
    }
  }

  #unknown({ files }: Scan): FoundFile[] {
    return files.filter(({ path, info }) => !this.#byKey.has(identityKey(identityOf(info), path)));
  }

  #follow(
    { path: at, info }: Sibling,
    log: string,
    { group, problems, nowMs, begin }: Scan & { begin?: (tail: FileTail) => void },
  ): void {
    if (this.#byKey.has(identityKey(identityOf(info), at))) return;
    if (this.#tails.length >= this.#options.maxFiles) {
      problems.set(dirname(at), `${this.#options.maxFiles} files are followed already`);
      return;
    }
    try {
      using opened = new DisposableStack();
      const tail = opened.use(this.#open(at, { log, path: log, order: this.#nextOrder++, nowMs }));
      begin?.(tail);
      opened.move();
      this.#add(tail, group);
    } catch (error) {
      problems.set(at, reasonOf(error));
    }
  }

  #open(at: string, place: Omit<TailSetup, "options">): FileTail {
    return new FileTail(new OpenFile(at), at, { ...place, options: this.#options.tail });
  }

  #add(tail: FileTail, group: PendingGroup): void {
    this.#absent.drop(tail.key);
    this.#byKey.set(tail.key, tail);
    this.#tails = [...this.#tails, tail].sort((a, b) => a.order - b.order);
    remember(tail, group);
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
