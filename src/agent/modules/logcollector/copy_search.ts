/**
 * Reads copies that a rotation made of a log before it truncated it, where they are not configured.
 *
 * @module
 */

import { dirname } from "node:path";
import { reasonOf } from "./file_system.ts";
import type { Change } from "./file_changes.ts";
import type { FileTail } from "./file_tail.ts";
import { bornMs, hasMarkBehind, isRotationName, type Sibling, siblingsOf } from "./generations.ts";
import { goOnAt } from "./passing_over.ts";
import { remember, type Scan, type TailSet } from "./tail_set.ts";

/** Looks for copies of what was truncated. */
export class CopySearch {
  readonly #set: TailSet;

  constructor(set: TailSet) {
    this.#set = set;
  }

  /**
   * Looks beside a log that was truncated for the copies that were made of it before, and reads there
   * what was not read: the rest of what was truncated first, and what was written and truncated
   * unseen.
   */
  search(scan: Scan, folders: ReadonlyMap<string, number>): void {
    for (const original of [...this.#set.tails]) {
      const change = original.changes.take();
      if (!change || original.moved || original.path !== original.log) continue;
      const folder = dirname(original.real);
      if (!change.isRewritten && scan.before.get(folder) === folders.get(folder)) continue;
      this.#searchCopiesOf(original, change, scan);
    }
  }

  #searchCopiesOf(original: FileTail, { afterMs, isRewritten }: Change, scan: Scan): void {
    const { path: log, real } = original;
    const beside = siblingsOf(real).filter(({ path, info }) =>
      isRotationName(real, path) && !this.#set.isKnown({ path, info }) &&
      !this.#set.options.finder.covers(path)
    );
    const copies = beside.filter((sibling) => this.#readCopy(original, sibling, scan));
    if (copies.length === 0 && !isRewritten) return;
    const unseen = beside.filter((sibling) => !copies.includes(sibling))
      .filter(({ path, info }) => hasMarkBehind(real, path) && bornMs(info) >= afterMs)
      .sort((a, b) => bornMs(a.info) - bornMs(b.info));
    for (const sibling of unseen) this.#set.follow(sibling, { log, real }, scan);
    original.order = this.#set.nextOrder();
    remember(original, scan.group);
    this.#set.sort();
  }

  /** Follows a copy of what was truncated where that was read to. False for another file. */
  #readCopy(original: FileTail, { path: at }: Sibling, { group, nowMs, problems }: Scan): boolean {
    try {
      using opened = new DisposableStack();
      const { log, path, real } = original;
      const order = this.#set.nextOrder();
      const copy = opened.use(this.#set.open(at, { log, path, real, order, nowMs }));
      const readTo = readInCopy(original, copy);
      if (readTo === 0) return false;
      original.changes.noteCopy(copy.size);
      goOnAt(copy, readTo);
      opened.move();
      this.#set.add(copy, group);
      return true;
    } catch (error) {
      problems.set(at, reasonOf(error));
      return false;
    }
  }
}

/** How far a copy outside the configuration was read through its original; 0 for another file. */
function readInCopy(original: FileTail, copy: FileTail): number {
  const { content } = original;
  // A copy of what is there now, perhaps still being made, is none of what was truncated.
  if (content.sharedWith(copy.content) >= copy.size) return 0;
  const likeness = copy.content.likenessTo(content.past.slice(-1));
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
