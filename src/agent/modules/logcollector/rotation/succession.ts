/**
 * Follows what took the path of a known file, behind that one and what came and went in between.
 *
 * @module
 */

import { checkpointOf } from "../files/tail_checkpoint.ts";
import { dirname } from "node:path";
import type { FileCheckpoint } from "../files/checkpoint.ts";
import type { FoundFile } from "../finding/file_finder.ts";
import { identityKey, identityOf, sameFile } from "../files/file_identity.ts";
import { realPathOf } from "../files/file_system.ts";
import type { FileTail } from "../files/file_tail.ts";
import {
  bornMs,
  generationsIn,
  hasMarkBehind,
  hasMarkWithin,
  packedIn,
  type Sibling,
  siblingsOf,
} from "./generations.ts";
import { orPutOff, remember, type Scan, type TailSet } from "../files/tail_set.ts";
import { hasMark } from "../files/trace.ts";
import type { Unpacker } from "./unpacker.ts";

/** Puts the files of a log in line. */
export class Succession {
  readonly #set: TailSet;
  readonly #unpacker: Unpacker;

  constructor(set: TailSet, unpacker: Unpacker) {
    this.#set = set;
    this.#unpacker = unpacker;
  }

  /** Follows the new files of known logs, and gives how many there are. */
  takeOver(scan: Scan): number {
    const left = this.#lastOfEachLog();
    for (const file of scan.files) if (this.#set.isKnown(file)) left.delete(file.path);
    let rotations = 0;
    for (const [log, last] of left) {
      if (scan.putOff.has(log) || !this.#set.options.finder.covers(log)) continue;
      orPutOff(log, scan, () => rotations += this.#succeed(log, last, scan));
    }
    return rotations;
  }

  /** A log that is seen for the first time may have been rotated since the last scan. */
  followEarlier({ path }: FoundFile, tail: FileTail, scan: Scan): void {
    const log = realPathOf(path);
    const before = scan.before.get(dirname(log));
    // Most logs have none, and looking for each in its whole folder would take long where many lie.
    if (before === undefined || scan.names.rotationsOf(log).length === 0) return;
    const gap = { log, afterMs: before + 1, current: tail.identity };
    this.#expectPacked({ log: path, real: log, afterMs: gap.afterMs }, scan);
    for (const sibling of generationsIn(gap)) {
      this.#set.follow(sibling, { log: path, real: log }, scan);
    }
  }

  /** Follows what came to the path of `log` after `last`. */
  #succeed(log: string, last: FileCheckpoint, scan: Scan): number {
    const file = scan.files.find(({ path }) => path === log);
    if (file && !this.#set.makeRoom(1, scan.group)) return 0;
    using opened = new DisposableStack();
    const current = file &&
      opened.adopt(this.#set.openFound(file, scan), (tail) => tail?.[Symbol.dispose]());
    if (file && !current) return 0;
    const { between, packed } = this.#cameBetween(last, current, { log, scan });
    this.#lookAgainAt(last, scan);
    for (const sibling of between) this.#set.follow(sibling, { log, real: last.real }, scan);
    if (packed > 0 || current) this.#noteGap(last, packed, scan);
    if (current) current.order = this.#set.nextOrder();
    opened.move();
    if (current) this.#set.add(current, scan.group);
    if (last.marks_within || isMarkedWithin(last)) this.#noteMarksWithin(log, scan);
    return between.length + (current ? 1 : 0);
  }

  /** Files of the log that came and went after the last one; those that were compressed are expected. */
  #cameBetween(
    last: FileCheckpoint,
    current: FileTail | undefined,
    { log, scan }: { log: string; scan: Scan },
  ): { between: Sibling[]; packed: number } {
    const packed = this.#expectAfter(last, { log, scan });
    const between = generationsIn({
      log: last.real,
      afterMs: last.mtime_ms,
      last,
      marksWithin: last.marks_within,
      isRotated: packed > 0,
      current: current?.identity,
      ...(current && { currentReal: current.real }),
    });
    // Again: one that would have been listed in between may have been compressed since the first time.
    this.#expectAfter(last, { log, scan });
    return { between, packed };
  }

  #noteMarksWithin(log: string, { group }: Scan): void {
    for (const tail of this.#set.tails.filter((tail) => tail.log === log)) {
      tail.marksWithin = true;
      remember(tail, group);
    }
  }

  /** What was written until it was rotated comes before what was written after that; the log is another file from now on. */
  #lookAgainAt(last: FileCheckpoint, { nowMs }: Scan): void {
    try {
      this.#set.byKey.get(identityKey(last, last.path))?.look(nowMs);
    } catch {
      // The next look says why it cannot be read.
    }
  }

  /** When the last file is gone, it and others may have been compressed: has those read, and gives how many there are. */
  #expectAfter(last: FileCheckpoint, { log, scan }: { log: string; scan: Scan }): number {
    const { real, path } = last;
    // What was there at the scan before is no news, however quiet the log was since.
    const afterMs = Math.max(last.mtime_ms, scan.before.get(dirname(real)) ?? -Infinity);
    // One that is compressed is where it went to: those that came later are compressed too.
    if (isThere(last) && !last.packed) return 0;
    return this.#expectPacked({ log, real, afterMs, key: identityKey(last, path) }, scan);
  }

  /** Says which files may be gone for good, unless the last one is found among those that are compressed. */
  #noteGap(last: FileCheckpoint, packed: number, { group }: Scan): void {
    if (isThere(last) || this.#isPacked(last) || !this.#mayMiss(last)) return;
    if (packed > 0) this.#unpacker.noteGap(identityKey(last, last.path), last.path);
    else this.#set.loseFiles(last.path, group);
  }

  /** True when it lies there compressed, as is known: what came later is there too. */
  #isPacked(last: FileCheckpoint): boolean {
    const followed = this.#set.tails.filter(({ packed }) => packed)
      .map(({ content }) => content.trace());
    const absent = this.#set.absent.all
      .filter(({ checkpoint: { packed }, missingSinceMs }) =>
        packed && missingSinceMs === undefined
      )
      .map(({ checkpoint }) => checkpoint);
    const isCopied = absent.some(({ copy_of }) => copy_of === identityKey(last, last.path));
    return isCopied ||
      [...followed, ...absent].some(({ marks }) => marks.some((mark) => hasMark(last, mark)));
  }

  /**
   * Whether files came and went after the last one, which is gone: each rotation removes one file, so
   * there were more if more than one was made since that one was removed.
   */
  #mayMiss(last: FileCheckpoint): boolean {
    const { real, path } = last;
    const rotated = siblingsOf(real).filter((sibling) => hasMarkBehind(real, sibling.path));
    if (rotated.length === 0) return packedIn(real, last.mtime_ms).length > 1;
    const removedMs = this.#set.byKey.get(identityKey(last, path))?.content.changedMs();
    return removedMs === undefined || rotated.some(({ info }) => bornMs(info) >= removedMs);
  }

  /** Has compressed files that nobody knows read before what comes later. */
  #expectPacked(
    { log, real, afterMs, key = "" }: {
      log: string;
      real: string;
      afterMs: number;
      key?: string;
    },
    { group }: Scan,
  ): number {
    const packed = packedIn(real, afterMs).filter((sibling) => !this.#set.isKnown(sibling));
    // Some of them may have been listed before, while they were renamed, in another order.
    const orders = packed.map((file) => this.#unpacker.orderOf(file) ?? this.#set.nextOrder())
      .sort((a, b) => a - b);
    for (const [index, file] of packed.entries()) {
      const order = orders[index] ?? this.#set.nextOrder();
      this.#unpacker.expect({ file, log, real, after: key, order }, group);
    }
    return packed.length;
  }

  /**
   * The newest file that is known of each log. When it was compressed says nothing about when it was
   * written: one that is not compressed comes first.
   */
  #lastOfEachLog(): Map<string, FileCheckpoint> {
    const followed = this.#set.tails.map((tail) => checkpointOf(tail));
    const absent = this.#set.absent.all.map(({ checkpoint }) => checkpoint);
    const all = [...absent, ...followed]
      .sort((a, b) => +b.packed - +a.packed || a.order - b.order);
    return new Map(all.map((checkpoint) => [checkpoint.log, checkpoint]));
  }
}

function isThere(last: FileCheckpoint): boolean {
  return siblingsOf(last.real).some(({ info }) => sameFile(identityOf(info), last));
}

/** True when the file was rotated to a name with the mark before the ending: `app-1.log`. */
function isMarkedWithin(last: FileCheckpoint): boolean {
  return siblingsOf(last.real).some(({ path, info }) =>
    hasMarkWithin(last.real, path) && sameFile(identityOf(info), last)
  );
}
