/**
 * What a followed file is set up with.
 *
 * @module
 */

import type { SplitBlock } from "../lines/block_reader.ts";
import type { FileIdentity } from "./file_identity.ts";
import type { TextEncoding } from "../formats/text_encoding.ts";

/** How files are read. */
export interface TailOptions {
  /** Longest line in bytes. */
  maxLineBytes: number;
  /**
   * How long a file that left its path must be quiet until its unfinished last line counts as
   * complete.
   */
  restIdleMs: number;
  /**
   * How long a file must be quiet until its unfinished last line is given as far as it goes; 0 to
   * wait for ever.
   */
  partialIdleMs: number;
  /** How long a renamed file must be quiet until it is closed. */
  closeIdleMs: number;
  /** How long a file is remembered that is gone, or that has left its path to nobody. */
  forgetAfterMs: number;
  /** Unless its mark says something else. @default UTF-8 */
  encoding?: TextEncoding | undefined;
  /** How long a file at its path must be quiet until its handle is closed. @default never */
  releaseIdleMs?: number | undefined;
}

/** How a block is read whose location asks for more than lines. */
export interface ReadAs {
  split?: SplitBlock;
  /** True when what was read and is open must be looked at again. */
  isDue?: boolean;
}

/** What a `FileTail` needs beside the file. */
export interface TailSetup {
  /** The log that it is a part of, as in its checkpoint. */
  log: string;
  /** Path that its lines are reported with; another one when the file has been renamed already. */
  path: string;
  /** Where it lay when it was written as its log, links resolved, if it lies elsewhere now. */
  real?: string;
  /**
   * What stands for it, as it was unpacked: the file that was compressed, or the compressed one
   * (`packed`).
   */
  known?: { key: string; identity: FileIdentity; packed: boolean };
  /** Place among the files of that log, as in its checkpoint. */
  order: number;
  /** Monotonic. */
  nowMs: number;
  options: TailOptions;
}
