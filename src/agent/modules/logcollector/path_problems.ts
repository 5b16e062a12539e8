/**
 * Says what is wrong once, and once that it is mended.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";

/** What cannot be read now, and why, by path. */
export class PathProblems {
  readonly #log = getLogger(["agent", "collectors", "logcollector"]);
  readonly #open = new Map<string, string>();

  /** The complaint that was made last and is not mended, in one line. */
  get latest(): string | undefined {
    const last = [...this.#open].at(-1);
    return last && `Cannot read "${last[0]}": ${last[1]}`;
  }

  /** Complains, unless the same was said before and is not mended. */
  say(path: string, reason: string): void {
    if (this.#open.get(path) === reason) return;
    this.#open.delete(path);
    this.#open.set(path, reason);
    this.#log.warn("Cannot read {path}: {reason}", { path, reason });
  }

  /** Takes back what was said about a path. */
  mend(path: string): void {
    if (this.#open.delete(path)) this.#log.info("{path} is no longer in the way", { path });
  }

  /** Drops what was said about any other path: it is not followed any more. */
  keep(paths: ReadonlySet<string>): void {
    for (const path of [...this.#open.keys()]) if (!paths.has(path)) this.#open.delete(path);
  }

  /** Says everything in `problems` and takes back everything else. */
  replace(problems: ReadonlyMap<string, string>): void {
    for (const path of [...this.#open.keys()]) {
      if (!problems.has(path)) this.mend(path);
    }
    for (const [path, reason] of problems) this.say(path, reason);
  }
}
