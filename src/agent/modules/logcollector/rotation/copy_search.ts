/**
 * Reads copies that a rotation made of a log before it truncated it, where they are not configured.
 *
 * A log that was truncated, or may have been unseen, has its folder listed until it stays as it was
 * meanwhile: then every copy of what is gone is in the list, and was made after the log was last
 * written as the look before saw it. That time is remembered until the search is done.
 *
 * @module
 */

import { dirname } from "node:path";
import { identityOf, sameFile } from "../files/file_identity.ts";
import { isMissing, reasonOf } from "../files/file_system.ts";
import type { FileTail } from "../files/file_tail.ts";
import { FolderNames } from "../finding/folder_names.ts";
import type { FolderTimes } from "../finding/folder_times.ts";
import {
  bornMs,
  hasMarkBehind,
  infoOf,
  isRotationName,
  keyOf,
  packedIn,
  type Sibling,
} from "./generations.ts";
import { PlaceChanged } from "../finding/link_rule.ts";
import { goOnAt } from "../lines/passing_over.ts";
import { orPutOff, remember, type Scan, type TailSet } from "../files/tail_set.ts";
import type { Unpacker } from "./unpacker.ts";

/** Listings that are made again because the log is rewritten meanwhile. */
const MAX_LISTINGS = 4;

/** Looks for copies of what was truncated. */
export class CopySearch {
  readonly #set: TailSet;
  readonly #unpacker: Unpacker;

  constructor(set: TailSet, unpacker: Unpacker) {
    this.#set = set;
    this.#unpacker = unpacker;
  }

  /**
   * Looks beside a log that was truncated for the copies that were made of it before, and reads there
   * what was not read: the rest of what was truncated first, and what was written and truncated
   * unseen.
   *
   * @throws {PlaceChanged} when the scan is worth to be made again
   */
  search(scan: Scan, folders: FolderTimes): void {
    const names = new FolderNames();
    for (const original of [...this.#set.tails]) {
      const isLog = !original.moved && original.path === original.log;
      if (!isLog) original.changes.clear();
      else if (original.changes.isRewritten || folders.isNews(dirname(original.real))) {
        orPutOff(original.path, scan, () => this.#searchOf(original, { ...scan, names }));
      }
    }
  }

  #searchOf(original: FileTail, scan: Scan): void {
    try {
      this.#searchCopiesOf(original, scan);
    } catch (error) {
      if (error instanceof PlaceChanged) throw error;
      scan.problems.set(original.path, reasonOf(error));
    }
  }

  #searchCopiesOf(original: FileTail, scan: Scan): void {
    const beside = this.#listBeside(original, scan);
    const { path: log, real, changes: { isRewritten } } = original;
    const copies = beside.filter((sibling) => this.#readCopy(original, sibling, scan));
    if (isRewritten) {
      this.#expectPacked(original, scan);
      const others = beside.filter((sibling) => !copies.includes(sibling));
      for (const sibling of unseenCopies(original, others)) {
        this.#set.follow(sibling, { log, real }, scan);
      }
    }
    original.noteSearched();
    if (copies.length === 0 && !isRewritten) return;
    original.order = this.#set.nextOrder();
    remember(original, scan.group);
    this.#set.sort();
  }

  /** Has copies read that were compressed before anybody saw them. */
  #expectPacked({ path: log, real, searchedMs }: FileTail, { group }: Scan): void {
    for (const file of packedIn(real, searchedMs)) {
      if (this.#set.isKnown(file) || this.#unpacker.orderOf(file) !== undefined) continue;
      const order = this.#set.nextOrder();
      this.#unpacker.expect({ file, log, real, after: "", order }, group);
    }
  }

  /**
   * What rotations of the log left beside it and nobody knows.
   *
   * @throws {PlaceChanged} when the log does not hold still, or files came that the scan has not found
   */
  #listBeside(original: FileTail, { nowMs, files, names, notFound }: Scan): Sibling[] {
    const { real, changes } = original;
    // The list that is there was made after the last look at the log.
    let current = names;
    for (let left = MAX_LISTINGS; left > 0; left--, current = new FolderNames()) {
      const { rewrites } = changes;
      const paths = current.rotationsOf(real).filter((path) => isRotationName(real, path));
      const siblings = paths.map(infoOf).filter((sibling) => sibling !== undefined);
      const unknown = siblings.filter((sibling) => !this.#set.isKnown(sibling));
      const { finder } = this.#set.options;
      const beside = unknown.filter(({ path }) => !finder.covers(path));
      const named = unknown.filter(({ path }) => finder.covers(path));
      const news = named.filter((sibling) =>
        !isAmong(files, sibling) && !notFound.has(placeKey(sibling))
      );
      // What is not found again is not followed, for whatever reason.
      for (const sibling of news) notFound.add(placeKey(sibling));
      if (news.length > 0) throw new PlaceChanged();
      original.recheck(nowMs);
      const isComplete = siblings.length === paths.length;
      if (isComplete && changes.rewrites === rewrites) return beside;
    }
    throw new PlaceChanged();
  }

  /** Follows a copy of what was truncated where that was read to. False for another file. */
  #readCopy(
    original: FileTail,
    { path: at, info }: Sibling,
    { group, nowMs, problems }: Scan,
  ): boolean {
    try {
      using opened = new DisposableStack();
      const { log, path, real } = original;
      const order = this.#set.nextOrder();
      const copy = opened.use(this.#set.open(at, { log, path, real, order, nowMs }));
      if (!sameFile(copy.identity, identityOf(info))) throw new PlaceChanged();
      const readTo = readInCopy(original, copy);
      if (readTo === 0) return false;
      if (!this.#set.makeRoom(1, group)) throw new PlaceChanged();
      goOnAt(copy, readTo);
      opened.move();
      this.#set.add(copy, group);
      return true;
    } catch (error) {
      if (error instanceof PlaceChanged || isMissing(error)) throw new PlaceChanged();
      problems.set(at, reasonOf(error));
      return false;
    }
  }
}

function placeKey(sibling: Sibling): string {
  return `${keyOf(sibling)} ${sibling.path}`;
}

function isAmong(files: readonly Sibling[], { path, info: { ino } }: Sibling): boolean {
  return files.some((file) => file.path === path && file.info.ino === ino);
}

/** Copies that may hold what was written and truncated unseen, oldest first. */
function unseenCopies({ real, searchedMs }: FileTail, beside: readonly Sibling[]): Sibling[] {
  return beside.filter(({ path, info }) => hasMarkBehind(real, path) && bornMs(info) >= searchedMs)
    .sort((a, b) => bornMs(a.info) - bornMs(b.info));
}

/** How far a copy outside the configuration was read through its original; 0 for another file. */
function readInCopy(original: FileTail, copy: FileTail): number {
  const { content } = original;
  // A copy of what is there now, perhaps still being made, is none of what was truncated.
  if (content.sharedWith(copy.content) >= copy.size) return 0;
  const likeness = copy.content.likenessTo(content.past);
  if (likeness) return likeness.readTo;
  if (!wasCopiedTo(original, copy)) return 0;
  const readTo = original.offset;
  original.startAnew();
  return readTo;
}

/**
 * True when `copy` was made of the file before it was truncated and written anew past the position
 * with the same beginning: it goes on otherwise than the file does.
 */
function wasCopiedTo({ content, offset }: FileTail, copy: FileTail): boolean {
  return offset > 0 && copy.size > offset &&
    copy.content.likenessTo([content.trace()]) !== undefined;
}
