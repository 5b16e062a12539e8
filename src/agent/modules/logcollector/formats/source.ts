/**
 * A location that asks for more than lines, made ready: what each stage does for it.
 *
 * @module
 */

import type { RateLimit } from "./rate_limit.ts";
import type { Redact } from "../../../redaction/redaction.ts";
import type { Pattern } from "../../../redaction/types.ts";
import type { JoinRule, Members, OpenLimits, Unwrap } from "./stages.ts";
import type { TextEncoding } from "./text_encoding.ts";

/** What happened to the lines of all such locations, by name, since the start. */
export interface SourceCounts {
  /** Lines that are not of their location's format, or not JSON where that was asked for. */
  unparsed_events: number;
  /** Lines beyond the first of events that have several. */
  joined_lines: number;
  /** Events that a limit of `multiline` cut. */
  cut_events: number;
  /** Events that `include_lines` and `exclude_lines` left out. */
  filtered_events: number;
  /** Secrets replaced. */
  redactions: number;
  /** Events left out because of `max_rate`. */
  rate_dropped_events: number;
  /** Looks at which a file was not read because of `max_rate`. */
  rate_waits: number;
}

/** One location. */
export interface Source {
  /** `undefined` where only the file's mark tells. */
  encoding: TextEncoding | undefined;
  unwrap: Unwrap | undefined;
  /** Whether a last line without a newline may be given; left out where every one may. */
  isWhole: ((line: string) => boolean) | undefined;
  join: JoinRule | undefined;
  limits: OpenLimits;
  include: readonly Pattern[];
  exclude: readonly Pattern[];
  rate: RateLimit | undefined;
  redact: Redact | undefined;
  /** What the text of an event says, the first that understands it. */
  parsers: readonly Parser[];
  /** What every event has. */
  members: Members;
  /** Whether paths tell the container. */
  hasContainer: boolean;
}

/** What the text of an event says; `undefined` when it is of another format. */
export type Parser = (text: string, nowMs: number) => Members | undefined;

/** Nothing has happened yet. */
export function noSourceCounts(): SourceCounts {
  return {
    unparsed_events: 0,
    joined_lines: 0,
    cut_events: 0,
    filtered_events: 0,
    redactions: 0,
    rate_dropped_events: 0,
    rate_waits: 0,
  };
}
