/**
 * What sees changes as they happen, in one way or another.
 *
 * @module
 */

import type { Actor } from "../tell/actor.ts";

/** A path that is to be looked at. */
export interface Hint {
  path: string;
  /**
   * It came from, or went to, another name: the same number for both, as far as whoever saw it can say, else 0. What is below a folder
   * has to be looked at too.
   *
   * @default it kept its name
   */
  move?: number | undefined;
  /** @default false */
  isFolder?: boolean;
  /** Its entries have to be looked at too. @default false */
  hasNewEntries?: boolean;
  actor?: Actor | undefined;
}

/** What was not seen. */
export interface Gap {
  /** The folders that are to be looked at again, with what is below them. */
  paths: readonly string[];
  /** What happened, in one line. */
  cause: string;
  /** The right next step. */
  hint: string;
  /** A scan makes up for what was missed, but more will be. @default false */
  isLasting?: boolean;
}

/** Who is told. Cheap, and never throws. */
export interface ChangeListener {
  changed(hint: Hint): void;
  missed(gap: Gap): void;
}

/** One way. What happens after {@linkcode ChangeSource.watch} is seen, whenever {@linkcode ChangeSource.run} is called. */
export interface ChangeSource extends Disposable {
  readonly kind: "fanotify" | "inotify" | "watch";
  /** Folders or file systems that are watched. */
  readonly watches: number;
  /**
   * Begins to watch.
   *
   * @throws {Error} when this way is not open here
   */
  watch(signal: AbortSignal): Promise<void>;
  /** Tells of changes until the signal is aborted. */
  run(signal: AbortSignal): Promise<void>;
}
