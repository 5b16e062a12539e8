/**
 * Who may be followed when there are more files than may be open at a time.
 *
 * A place is given up only by a file that is read to its end, the one that has had its place longest
 * first, and given to a file that has something to read: in turn to the one that was written last and
 * to the one that has waited longest. So what is written now is read soon, and nobody waits for ever.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { keyOf, type Sibling } from "../rotation/generations.ts";

/** Remembers who waits for a place, and since when. */
export class Places {
  readonly #log = getLogger(["agent", "collectors", "logcollector"]);
  /** In the order in which they began to wait: the path, by key. */
  #waiting = new Map<string, string>();
  #isTold = false;

  /** Files that have something to read and are not followed. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** What stands in the status while files wait. */
  problem(maxFiles: number): string | undefined {
    const [path] = this.#waiting.values();
    if (path === undefined) return undefined;
    return `${this.waiting} files wait to be read, such as "${path}": at most ${maxFiles} are ` +
      `open at a time, and each comes in its turn`;
  }

  /** Those of `wanted` that come first when there are `places`, by key. */
  choose(wanted: readonly Sibling[], places: number): Set<string> {
    const ranks = new Map([...this.#waiting.keys()].map((key, rank) => [key, rank]));
    const rankOf = (file: Sibling) => ranks.get(keyOf(file)) ?? Infinity;
    const newest = newestFirst(wanted);
    const longest = newest.toSorted((a, b) => compare(rankOf(a), rankOf(b)));
    const inTurn = newest.flatMap((file, index) => [file, longest[index] ?? file]);
    return new Set([...new Set(inTurn.map(keyOf))].slice(0, places));
  }

  /** These wait now, and no others. Says so when it begins. */
  keepWaiting(files: readonly Sibling[], maxFiles: number): void {
    const now = new Map(newestFirst(files).map((file) => [keyOf(file), file.path]));
    const still = [...this.#waiting.keys()].filter((key) => now.has(key));
    this.#waiting = new Map([...still, ...now.keys()].map((key) => [key, now.get(key) ?? ""]));
    const problem = this.problem(maxFiles);
    // Once: with many files that are written all the time it begins and ends with every look.
    if (problem !== undefined && !this.#isTold) this.#log.warn("{problem}", { problem });
    this.#isTold ||= problem !== undefined;
  }
}

/** The files that were modified last come first. */
function newestFirst(files: readonly Sibling[]): Sibling[] {
  return files.toSorted((a, b) => modifiedMs(b) - modifiedMs(a));
}

function modifiedMs({ info }: Sibling): number {
  return info.mtime?.getTime() ?? 0;
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
