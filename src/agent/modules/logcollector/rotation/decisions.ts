/**
 * Decides which files are copies of others, and says what was truncated and stands in none.
 *
 * Programs write and rotate while it is decided. So every file is looked at before, and a verdict
 * counts only if none was truncated until it stood; else it is made again at the next look. What a
 * truncation took goes into the ledger once all files beside it are decided about: they may have it.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { dirname } from "node:path";
import { judge, type Verdict } from "./copies.ts";
import type { FileTail } from "../files/file_tail.ts";
import { readCopied } from "../lines/passing_over.ts";
import { OriginalsIndex } from "./originals.ts";
import type { PendingGroup } from "../pending_group.ts";
import { remember, type TailSet } from "../files/tail_set.ts";
import { hasMark, type PastContent, readTo } from "../files/trace.ts";
import type { Unpacker } from "./unpacker.ts";

/** Gives events that were open in what a truncation took; how many bytes of the file they were. */
export type Rescue = (
  tail: FileTail,
  past: PastContent,
  target: { group: PendingGroup; nowMs: number },
) => number;

/** Decides about the files of a set. */
export class Decisions {
  readonly #set: TailSet;
  readonly #unpacker: Unpacker;
  readonly #log = getLogger(["agent", "collectors", "logcollector"]);

  constructor(set: TailSet, unpacker: Unpacker) {
    this.#set = set;
    this.#unpacker = unpacker;
  }

  /**
   * Decides about files of which nothing was read, but for those in folders that were put off: what they are copies of may not
   * be known yet. `nowMs` is monotonic.
   */
  decide(group: PendingGroup, nowMs: number, putOff: ReadonlySet<string>): void {
    if (this.#set.tails.some((tail) => tail.undecided || tail.changes.isTruncated)) {
      this.#recheck(this.#set.tails, nowMs);
    }
    for (const tail of this.#set.tails) this.#doubtCopiesOf(tail, group);
    // One may wait until it is decided about another.
    while (this.#decideOnce(group, nowMs, putOff));
    for (const tail of this.#set.tails) this.#noteSaved(tail, group);
  }

  /**
   * Puts into the ledger what truncations took, and gives how many there were. Logs in folders that were put off wait: not
   * everything beside them is known. What was read of it and not given goes through `rescue`. `nowMs` is monotonic.
   */
  tellTruncations(
    group: PendingGroup,
    nowMs: number,
    { putOff, rescue }: { putOff: ReadonlySet<string>; rescue: Rescue },
  ): number {
    const truncated = this.#set.tails.filter(({ content }) => content.wasTruncated);
    // A copy may have been empty at the last look, and whole since: before its log was truncated.
    if (truncated.length > 0) this.#recheck(this.#set.tails, nowMs);
    let count = 0;
    for (const tail of truncated) {
      if (foldersOf(tail).some((folder) => putOff.has(folder)) || this.#mayHaveCopies(tail)) {
        continue;
      }
      this.#noteSaved(tail, group);
      for (const past of tail.content.takeTruncated()) {
        const saved = Math.max(readTo(past), past.saved);
        // What a copy has is read there.
        const rescued = saved > readTo(past) ? 0 : rescue(tail, past, { group, nowMs });
        this.#tellTruncation(tail.path, past, { group, bytes: past.size - saved - rescued });
        count++;
      }
      remember(tail, group);
    }
    return count;
  }

  /** True when any was truncated. */
  #recheck(tails: readonly FileTail[], nowMs: number): boolean {
    let isAny = false;
    for (const tail of tails) {
      try {
        if (tail.recheck(nowMs)) isAny = true;
      } catch {
        // The next look says why it cannot be read.
      }
    }
    return isAny;
  }

  /** What a truncation took unread may stand in a copy that was passed over. */
  #doubtCopiesOf(truncated: FileTail, group: PendingGroup): void {
    const { key, content } = truncated;
    const past = content.past.findLast(({ told }) => !told);
    if (!past) return;
    const { followed, closed } = this.#set.doubtCopiesOf(key, readTo(past), group);
    for (const tail of followed) {
      if (readTo(past) === 0 && tail.content.isOf(past)) readCopied(tail);
    }
    // Nothing of them is known any more that would tell whose they are.
    const saved = Math.max(0, ...closed.map(({ size }) => size));
    if (content.noteSaved(past, saved)) remember(truncated, group);
  }

  /** True when it was decided about some, and others wait. */
  #decideOnce(group: PendingGroup, nowMs: number, putOff: ReadonlySet<string>): boolean {
    const undecided = this.#set.tails.filter((tail) =>
      tail.undecided && !foldersOf(tail).some((folder) => putOff.has(folder))
    );
    if (undecided.length === 0) return false;
    const index = new OriginalsIndex(this.#set.tails, this.#set.absent.all);
    const waiting = undecided.filter((tail) => {
      const originals = index.of(tail);
      const verdict = judge(tail, originals, nowMs);
      const alike = [tail, ...originals.relatives, ...originals.strangers];
      if (this.#recheck(alike, nowMs)) return true;
      if (verdict.kind === "waits") {
        this.#wait(tail, verdict.prefixOf, group);
        return true;
      }
      verdict.settle();
      this.#tell(tail, verdict, group);
      remember(tail, group);
      return false;
    });
    return waiting.length > 0 && waiting.length < undecided.length;
  }

  /** Should it be gone before it is decided about, nothing is lost that is not in the other file. */
  #wait(tail: FileTail, prefixOf: string, group: PendingGroup): void {
    if (tail.copy.prefixOf === prefixOf) return;
    tail.copy.prefixOf = prefixOf;
    remember(tail, group);
  }

  #tell(tail: FileTail, verdict: Verdict, group: PendingGroup): void {
    if (verdict.kind === "copy") {
      this.#unpacker.closeGap(verdict.key);
      if (tail.packed) this.#set.noteFound(verdict.key, group);
      this.#log.info("{path} is a copy of {original}, which was read", {
        path: tail.path,
        original: verdict.original,
      });
    } else if (verdict.kind === "doubtful") {
      const reason = "read although it may be a copy: its first lines may be there twice";
      const detail = `${tail.path} (${verdict.bytes} bytes)`;
      group.lose({ events: 0, bytes: 0, reason, detail });
    }
  }

  /**
   * Remembers what copies have of what was truncated, with the group that reads them: until that is
   * told they may have been read to their end, and nothing of them be left that tells whose they are.
   */
  #noteSaved(tail: FileTail, group: PendingGroup): void {
    for (const past of tail.content.past.filter(({ told }) => !told)) {
      const sizes = this.#copiesOf(past, tail).map(({ size }) => size);
      if (tail.content.noteSaved(past, Math.max(0, ...sizes))) remember(tail, group);
    }
  }

  /** True while it is not decided what lies beside the file. */
  #mayHaveCopies(tail: FileTail): boolean {
    const folders = foldersOf(tail);
    return tail.changes.isTruncated ||
      this.#set.tails.some((other) =>
        other !== tail && other.undecided &&
        (other.log === tail.log || folders.includes(dirname(other.path)))
      );
  }

  #copiesOf(past: PastContent, tail: FileTail): { size: number }[] {
    const followed = this.#set.tails
      .filter(({ content }) => content !== tail.content && content.isOf(past))
      .map(({ content }) => ({ size: content.sizeNow() }));
    const absent = this.#set.absent.all.map(({ checkpoint }) => checkpoint)
      .filter(({ marks }) => marks.some((mark) => hasMark(past, mark)));
    return [...followed, ...absent];
  }

  #tellTruncation(
    path: string,
    past: PastContent,
    { group, bytes: left }: { group: PendingGroup; bytes: number },
  ): void {
    const bytes = Math.max(0, left);
    this.#log.info("{path} was truncated", { path, lost_bytes: bytes });
    if (bytes === 0 && past.saved > 0) return;
    const reason = bytes > 0
      ? "file truncated before it was read"
      : "file truncated: what came after the last look is unknown";
    group.lose({ events: 0, bytes, reason, detail: path });
  }
}

function foldersOf({ path, real }: FileTail): string[] {
  return [dirname(path), dirname(real)];
}
