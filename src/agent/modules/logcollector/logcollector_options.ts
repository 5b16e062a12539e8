/**
 * What the collector of log files can be told.
 *
 * @module
 */

import type { LocalfileOptions } from "./formats/source_options.ts";
import type { LinkMode } from "./finding/link_rule.ts";

/** Options of the collector of log files. */
export interface LogcollectorOptions {
  localfiles: readonly LocalfileOptions[];
  /**
   * Where to begin in files that exist when their location is looked at for the first time.
   *
   * @default "end"
   */
  startAt?: "end" | "beginning";
  /** How often quiet files are looked at. */
  readIntervalMs: number;
  /** How often new files are looked for; a rotation is noticed at every look. */
  reloadIntervalMs: number;
  /** Longest line in bytes; the rest of a longer one is dropped. @default 65536 */
  maxLineBytes?: number;
  /** Bytes read of a file before it is another one's turn: about what one group of events holds. @default 524288 */
  blockBytes?: number;
  /** Most files followed, and so handles open, at a time. @default 1000 */
  maxFiles?: number;
  /**
   * Most bytes that are unpacked of a compressed file beyond what was read of it.
   *
   * @default 1073741824
   */
  maxUnpackedBytes?: number;
  /**
   * Which symbolic links are followed: those whose owner owns the target and those of root, all, or
   * none.
   *
   * @default "owner"
   */
  followLinks?: LinkMode;
  /**
   * How long a file is quiet until its unfinished last line is an event, marked as such; 0 to wait
   * for ever.
   *
   * @default 10000
   */
  partialIdleMs?: number;
  /**
   * How long a file that left its path is quiet until its unfinished last line is an event.
   *
   * @default 5000
   */
  restIdleMs?: number;
  /**
   * How long a renamed file is quiet until it is closed: its writer may not know yet.
   *
   * @default 60000
   */
  closeIdleMs?: number;
  /**
   * How long a file is remembered that is gone, or that has left its path to nobody.
   *
   * @default 3600000
   */
  forgetAfterMs?: number;
}

/** The options with the defaults of those that are left out. */
export function withDefaults(options: LogcollectorOptions): Required<LogcollectorOptions> {
  return {
    startAt: "end",
    maxLineBytes: 65_536,
    blockBytes: 524_288,
    maxFiles: 1_000,
    maxUnpackedBytes: 1_073_741_824,
    followLinks: "owner",
    partialIdleMs: 10_000,
    restIdleMs: 5_000,
    closeIdleMs: 60_000,
    forgetAfterMs: 3_600_000,
    ...options,
  };
}
