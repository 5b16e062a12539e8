/**
 * Where a followed file lies, and what has taken its path.
 *
 * @module
 */

import { type FileIdentity, identityKey, identityOf, sameFile } from "./file_identity.ts";
import type { FileInfo } from "./file_system.ts";
import { realPathOfOpened } from "../rotation/generations.ts";

/** What a {@linkcode FilePlace} begins with. */
interface PlaceSetup {
  /** Where the file was opened. */
  at: string;
  log: string;
  path: string;
  real?: string;
  identity: FileIdentity;
  key: string;
  mtimeMs: number;
}

/** What a look at a file gave. */
export interface Look {
  /** True when what is at its path is not what was there at the look before. */
  pathChanged: boolean;
  truncated: boolean;
  /**
   * Why it cannot be told what is at its path; the file itself is open and can be read all the
   * same.
   */
  problem?: unknown;
}

/** What a look at the path gave. */
interface PlaceLook {
  /** What is at the path, if that is the file itself. */
  here: FileInfo | undefined;
  /** True when what is at the path is not what was there at the look before. */
  pathChanged: boolean;
  /** True when the file has just left its path. */
  hasLeft: boolean;
}

/** The path, log and whereabouts of one file. */
export class FilePlace {
  /** The log that the file is a part of; the path where it was written. */
  log: string;
  /** The path that its lines are reported with. */
  path: string;
  /** Where it lay when it was written as its log, links resolved. */
  real: string;
  /** True when something else, or nothing, is at its path. */
  moved: boolean;
  /**
   * When it was modified, as seen when it was last written as its log. Whatever its rotations made
   * before that has been looked at.
   */
  mtimeMs: number;
  readonly #identity: FileIdentity;
  readonly #key: string;
  /** Key of what is at the path; `undefined` for nothing. */
  #atPath: string | undefined;

  constructor({ at, log, path, identity, key, mtimeMs, ...setup }: PlaceSetup) {
    const { real = realPathOfOpened(at, identity) } = setup;
    this.log = log;
    this.path = path;
    this.real = real;
    this.#identity = identity;
    this.#key = key;
    this.moved = at !== path;
    this.#atPath = this.moved ? undefined : key;
    this.mtimeMs = this.moved ? (identity.born_ms ?? 0) : mtimeMs;
  }

  /** True when nothing is at its path. */
  get isVacant(): boolean {
    return this.#atPath === undefined;
  }

  /** True when it lies where its log is written. */
  get isLog(): boolean {
    return this.path === this.log;
  }

  /** The file has been found at `path` and belongs there now; `log` is the log that it is a part of. */
  moveTo(path: string, log: string): void {
    if (log !== this.log) this.real = realPathOfOpened(path, this.#identity);
    this.log = log;
    this.path = path;
    this.#atPath = this.#key;
    this.moved = false;
  }

  /** Takes a look at what is at the path. */
  see(there: FileInfo | undefined): PlaceLook {
    const here = there && sameFile(identityOf(there), this.#identity) ? there : undefined;
    const key = here ? this.#key : there && identityKey(identityOf(there), this.path);
    const look = { here, pathChanged: key !== this.#atPath, hasLeft: !here && !this.moved };
    this.#atPath = key;
    this.moved = !here;
    return look;
  }
}
