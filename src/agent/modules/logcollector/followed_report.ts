/**
 * The followed files as `agent status --files` shows them.
 *
 * @module
 */

import type { FollowedFile, ModuleProblem } from "../../../shared/protocol/part_status.ts";
import type { AbsentFile } from "./rotation/absent_files.ts";
import type { AllProblems } from "./finding/all_problems.ts";
import type { EventRates } from "./lines/event_rates.ts";
import type { FileTail } from "./files/file_tail.ts";

/** How far each file is stored, and for how long it has not been to its end. */
export class Lag {
  readonly #behindSinceMs = new Map<FileTail, number>();
  readonly #stored = new WeakMap<FileTail, number>();

  /** All that was read of the files is stored. */
  noteStored(tails: readonly FileTail[]): void {
    for (const tail of tails) this.#stored.set(tail, tail.offset);
  }

  /** Bytes of a file that are stored; what was read may still wait for room in the queue. */
  storedOf(tail: FileTail): number {
    return Math.min(this.#stored.get(tail) ?? tail.offset, tail.offset);
  }

  /** Looks at all files, before they are read; `nowMs` is monotonic. */
  observe(tails: readonly FileTail[], nowMs: number): void {
    this.noteStored(tails.filter((tail) => !this.#stored.has(tail)));
    const behind = new Set(tails.filter((tail) => this.storedOf(tail) < tail.size));
    for (const tail of [...this.#behindSinceMs.keys()]) {
      if (!behind.has(tail)) this.#behindSinceMs.delete(tail);
    }
    for (const tail of behind) {
      if (!this.#behindSinceMs.has(tail)) this.#behindSinceMs.set(tail, nowMs);
    }
  }

  /** Milliseconds of the file that is behind for longest. */
  longest(nowMs: number): number {
    return nowMs - Math.min(nowMs, ...this.#behindSinceMs.values());
  }

  /** Milliseconds; 0 for a file that was read to its end when it was looked at last. */
  of(tail: FileTail, nowMs: number): number {
    return nowMs - (this.#behindSinceMs.get(tail) ?? nowMs);
  }
}

/** Every followed file in the order in which they are read, then what is not followed and why. */
export function followedFiles(
  tails: readonly FileTail[],
  { closed, problems, lag, rates, nowMs }: {
    closed: readonly AbsentFile[];
    problems: AllProblems;
    lag: Lag;
    rates: EventRates;
    nowMs: number;
  },
): FollowedFile[] {
  const all = problems.all;
  const bySubject = new Map(all.map((problem) => [problem.subject, problem.message]));
  const followed = tails.map((tail): FollowedFile => ({
    path: tail.path,
    state: tail.moved ? "renamed" : "followed",
    position_bytes: lag.storedOf(tail),
    size_bytes: tail.size,
    lag_bytes: Math.max(0, tail.size - lag.storedOf(tail)),
    lag_s: Math.round(lag.of(tail, nowMs)) / 1000,
    events_per_s: rates.of(tail, nowMs),
    reason: bySubject.get(tail.path) ?? null,
    last_error: problems.lastErrorOf(tail.path),
  }));
  const paths = new Set(tails.map(({ path }) => path));
  const others = all.filter(({ subject }) => !paths.has(subject));
  return [...followed, ...closed.map(closedFile), ...others.map(notFollowed)];
}

function closedFile({ checkpoint: { path, offset, size } }: AbsentFile): FollowedFile {
  return {
    path,
    state: "closed",
    position_bytes: offset,
    size_bytes: size,
    lag_bytes: Math.max(0, size - offset),
    lag_s: 0,
    events_per_s: 0,
    reason: null,
    last_error: null,
  };
}

function notFollowed({ subject, message, since }: ModuleProblem): FollowedFile {
  return {
    path: subject,
    state: "not_followed",
    position_bytes: null,
    size_bytes: null,
    lag_bytes: null,
    lag_s: null,
    events_per_s: null,
    reason: message,
    last_error: { message, at: since },
  };
}
