/**
 * Says what is wrong with a path once, and once that it is mended; and what is wrong now, for the status.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../../../shared/clock.ts";
import type { FileError, ModuleProblem } from "../../../../shared/protocol/part_status.ts";

/** What can be wrong with a path, in words. */
interface ProblemKind {
  code: ModuleProblem["code"];
  /** Templates of the log, over `path` and `reason`. */
  complaint: string;
  mended: string;
  message(path: string, reason: string): string;
  hint(path: string, reason: string): string;
}

/** A file or folder that cannot be read. */
const UNREADABLE: ProblemKind = {
  code: "unreadable",
  complaint: "Cannot read {path}: {reason}",
  mended: "{path} can be read now, or nobody asks for it any more",
  message: (path, reason) => `Cannot read "${path}": ${reason}`,
  hint: (path, reason) =>
    /permission denied/i.test(reason)
      ? `let the agent's user read it, such as: setfacl -m u:agent:rX ${path}`
      : `look at it (ls -l ${path}), or leave it out with exclude in logcollector.localfiles`,
};

/** A location of the configuration that no file matches. */
export const NOTHING_MATCHES: ProblemKind = {
  code: "nothing_matches",
  complaint: "No file matches {path}: {reason}",
  mended: "Files match {path} now, or nobody asks for them any more",
  message: (path, reason) => `No file matches "${path}": ${reason}`,
  hint: () =>
    "correct it in logcollector.localfiles, or wait: files are followed as soon as they are there",
};

interface OpenProblem {
  reason: string;
  /** Wall clock. */
  sinceMs: number;
}

/** What is wrong now, and why, by path. */
export class PathProblems {
  readonly #log = getLogger(["agent", "collectors", "logcollector"]);
  readonly #open = new Map<string, OpenProblem>();
  readonly #last = new Map<string, FileError>();
  readonly #clock: Pick<Clock, "now">;
  readonly #kind: ProblemKind;

  constructor(clock: Pick<Clock, "now">, kind: ProblemKind = UNREADABLE) {
    this.#clock = clock;
    this.#kind = kind;
  }

  /** All that is not mended, the oldest first. */
  get all(): ModuleProblem[] {
    const { code, message, hint } = this.#kind;
    return [...this.#open].map(([subject, { reason, sinceMs }]) => ({
      code,
      subject,
      message: message(subject, reason),
      since: new Date(sinceMs).toISOString(),
      hint: hint(subject, reason),
    }));
  }

  /** Why something is wrong with a path, by path. */
  get reasons(): ReadonlyMap<string, string> {
    return new Map([...this.#open].map(([path, { reason }]) => [path, reason]));
  }

  /** The complaint that was made last and is not mended, in one line. */
  get latest(): string | undefined {
    return this.all.at(-1)?.message;
  }

  /** What was said of a path last, also when it is mended. */
  lastOf(path: string): FileError | undefined {
    return this.#last.get(path);
  }

  /** Complains, unless the same was said before and is not mended. */
  say(path: string, reason: string): void {
    const before = this.#open.get(path);
    if (before?.reason === reason) return;
    this.#open.delete(path);
    this.#open.set(path, { reason, sinceMs: before?.sinceMs ?? this.#clock.now() });
    this.#last.set(path, { message: reason, at: new Date(this.#clock.now()).toISOString() });
    this.#log.warn(this.#kind.complaint, { path, reason });
  }

  /** Takes back what was said about a path. */
  mend(path: string): void {
    if (this.#open.delete(path)) this.#log.info(this.#kind.mended, { path });
  }

  /** Drops what was said about any other path: it is not followed any more. */
  keep(paths: ReadonlySet<string>): void {
    for (const map of [this.#open, this.#last]) {
      for (const path of [...map.keys()]) if (!paths.has(path)) map.delete(path);
    }
  }

  /** Says everything in `problems` and takes back everything else. */
  replace(problems: ReadonlyMap<string, string>): void {
    for (const path of [...this.#open.keys()]) {
      if (!problems.has(path)) this.mend(path);
    }
    for (const [path, reason] of problems) this.say(path, reason);
  }
}
