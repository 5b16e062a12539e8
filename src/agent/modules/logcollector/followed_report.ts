/**
 * The followed files as `agent status --files` shows them.
 *
 * @module
 */

import type { FollowedFile, ModuleProblem } from "../../../shared/protocol/part_status.ts";
import type { FileTail } from "./file_tail.ts";

/** For how long each file has not been read to its end. */
export class Lag {
  readonly #behindSinceMs = new Map<FileTail, number>();

  /** Looks at all files; `nowMs` is monotonic. */
  observe(tails: readonly FileTail[], nowMs: number): void {
    const behind = new Set(tails.filter(({ unreadBytes }) => unreadBytes > 0));
    for (const tail of [...this.#behindSinceMs.keys()]) {
      if (!behind.has(tail)) this.#behindSinceMs.delete(tail);
    }
    for (const tail of behind) {
      if (!this.#behindSinceMs.has(tail)) this.#behindSinceMs.set(tail, nowMs);
    }
  }

  /** Milliseconds; 0 for a file that was read to its end when it was looked at last. */
  of(tail: FileTail, nowMs: number): number {
    return nowMs - (this.#behindSinceMs.get(tail) ?? nowMs);
  }
}

/** Every followed file in the order in which they are read, then what is not followed and why. */
export function followedFiles(
  tails: readonly FileTail[],
  { problems, lagMs }: {
    problems: readonly ModuleProblem[];
    lagMs: (tail: FileTail) => number;
  },
): FollowedFile[] {
  const bySubject = new Map(problems.map((problem) => [problem.subject, problem.message]));
  const followed = tails.map((tail): FollowedFile => ({
    path: tail.path,
    state: tail.moved ? "renamed" : "followed",
    position_bytes: tail.offset,
    size_bytes: tail.size,
    lag_bytes: tail.unreadBytes,
    lag_s: Math.round(lagMs(tail)) / 1000,
    reason: bySubject.get(tail.path) ?? null,
  }));
  const paths = new Set(tails.map(({ path }) => path));
  const others = problems.filter(({ subject }) => !paths.has(subject));
  return [...followed, ...others.map(notFollowed)];
}

function notFollowed({ subject, message }: ModuleProblem): FollowedFile {
  const unknown = { position_bytes: null, size_bytes: null, lag_bytes: null, lag_s: null };
  return { path: subject, state: "not_followed", ...unknown, reason: message };
}
