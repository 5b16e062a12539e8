/**
 * Paths that wait until they have been quiet for a while: a file that is written in many pieces is looked at once.
 *
 * @module
 */

import type { Hint } from "./change_source.ts";

/** A path that was quiet long enough, or has waited long enough. */
export interface DueChange extends Hint {
  /** Monotonic: when it was named last. */
  lastMs: number;
}

interface Waiting extends DueChange {
  firstMs: number;
}

/** A path is looked at once it has been quiet for so long, in milliseconds. */
const QUIET_MS = 1_000;
/** And at the latest so long after it was first named. */
const LONGEST_MS = 30_000;

/** Paths in the order in which they become due. */
export class PendingChanges {
  /** The order of insertion is that of `lastMs`. */
  readonly #waiting = new Map<string, Waiting>();

  get size(): number {
    return this.#waiting.size;
  }

  /** Takes a hint; what was known of the path is put together with it. */
  add(hint: Hint, nowMs: number): void {
    const before = this.#waiting.get(hint.path);
    const next = {
      path: hint.path,
      move: hint.move ?? before?.move,
      isFolder: hint.isFolder || before?.isFolder || false,
      hasNewEntries: hint.hasNewEntries || before?.hasNewEntries || false,
      actor: hint.actor ?? before?.actor,
      firstMs: before?.firstMs ?? nowMs,
      lastMs: nowMs,
    };
    // One that has waited long enough keeps its place, and is due when that is.
    if (before !== undefined && nowMs - before.firstMs >= LONGEST_MS - QUIET_MS) {
      this.#waiting.set(hint.path, { ...next, lastMs: before.lastMs });
      return;
    }
    this.#waiting.delete(hint.path);
    this.#waiting.set(hint.path, next);
  }

  /** Milliseconds until something is due; `undefined` while nothing waits. */
  nextInMs(nowMs: number): number | undefined {
    const [first] = this.#waiting.values();
    return first && Math.max(0, first.lastMs + QUIET_MS - nowMs);
  }

  /** Takes out up to `limit` paths that are due. */
  takeDue(nowMs: number, limit: number): DueChange[] {
    const due: DueChange[] = [];
    for (const waiting of this.#waiting.values()) {
      if (due.length >= limit || waiting.lastMs + QUIET_MS > nowMs) break;
      due.push(waiting);
    }
    for (const { path } of due) this.#waiting.delete(path);
    return due;
  }

  /** Takes out everything. */
  takeAll(): Hint[] {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    return all;
  }

  /** Forgets everything, for when all of it is looked at in another way. */
  clear(): void {
    this.#waiting.clear();
  }
}
