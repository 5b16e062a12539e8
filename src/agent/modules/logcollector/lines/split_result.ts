/**
 * What cutting a block into lines is told, and what it gives.
 *
 * @module
 */

import type { CollectionLoss } from "../../../../shared/protocol/stored_events.ts";

/** How a block is to be read. */
export interface SplitOptions {
  /** Longest line in bytes, without its end. The block must hold more than this plus two. */
  maxLineBytes: number;
  /** True when the block begins inside a line that was cut. */
  skipping: boolean;
  /** True when the block begins inside a line whose beginning was given unfinished. */
  continuing?: boolean;
  /**
   * What is behind the block: more bytes; nothing yet; nothing for so long that the last line is
   * given unfinished; or nothing ever, so that its end ends the last line.
   */
  follows: "more" | "unknown" | "pause" | "nothing";
}

/** What was noticed on the way. */
export interface SplitCounts {
  empty_lines: number;
  cut_lines: number;
  /** Bytes of lines that were cut and are not given. */
  cut_bytes: number;
  /** Lines with bytes that are not UTF-8. */
  invalid_utf8_lines: number;
  /** NUL bytes skipped at the start of lines. */
  nul_bytes: number;
}

/** Lines in one text, separated by `\n`, none of them empty or cut; or one by one. */
export type Lines =
  | { kind: "text"; text: string }
  | {
    kind: "list";
    lines: string[];
    /** Positions in `lines` of those that were cut, rising. */
    cut: number[];
    /** True when the first line goes on with one that was given unfinished. */
    continues?: boolean;
    /** True when the last line is unfinished. */
    unfinished?: boolean;
  };

/** Bytes from `0` up to and without `1`, counted from the beginning of the file. */
export type ByteRange = [from: number, to: number];

/** What became of a block whose location asks for more than its lines. */
interface ReadyEvents {
  events: number;
  /** The events, encoded. */
  text: string;
  /** What is left out and must be told. */
  losses: readonly CollectionLoss[];
  /** Bytes behind the new position that are done with. */
  done: ByteRange[];
  /** Streams whose next line goes on with an event that was cut. */
  cut: string[];
  /** True when the block holds more that may be taken later. */
  stopped: boolean;
  /** True when something is done with that was not before. */
  isNews: boolean;
}

/** The lines of a block. */
export interface SplitResult {
  lines: Lines;
  /** Instead of `lines`, when its location asks for more than those. */
  ready?: ReadyEvents;
  /** Bytes done with; the next block begins behind them. */
  consumed: number;
  /** True when the next block begins inside a line that was cut. */
  skipping: boolean;
  /** True when the next block begins inside a line that was given unfinished. */
  continuing: boolean;
  counts: SplitCounts;
}

/** Nothing was noticed. */
export function noCounts(): SplitCounts {
  return { empty_lines: 0, cut_lines: 0, cut_bytes: 0, invalid_utf8_lines: 0, nul_bytes: 0 };
}
