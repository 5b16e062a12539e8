/**
 * What can be said of a location beside where its files are.
 *
 * @module
 */

import type { RedactOption } from "../../../redaction/redact_option.ts";
import type { Localfile } from "../finding/file_finder.ts";
import type { OverRate } from "./rate_limit.ts";
import type { Members } from "./stages.ts";

/** What programs put around their lines. */
export const FORMATS = ["line", "json", "cri", "docker", "syslog", "auto"] as const;

/** How lines are joined to events; exactly one of the three patterns is given. */
export interface MultilineOptions {
  /** What the first line of an event matches. */
  start?: string | undefined;
  /** What every line but the first matches. */
  continue?: string | undefined;
  /** What the last line matches. */
  end?: string | undefined;
  /** @default 500 */
  max_lines?: number;
  /** @default 262144 */
  max_bytes?: number;
  /** Milliseconds. @default 5000 */
  timeout?: number;
}

/** One entry of the option `localfiles`. Times are milliseconds, sizes bytes. */
export interface LocalfileOptions extends Localfile {
  /** @default "line" */
  format?: typeof FORMATS[number];
  multiline?: MultilineOptions | undefined;
  /** @default "utf-8" */
  encoding?: string | undefined;
  /** Only events that one of these matches are sent. @default all */
  include_lines?: readonly string[];
  /** Events that one of these matches are not sent. */
  exclude_lines?: readonly string[];
  /** Members that every event has. */
  fields?: Members | undefined;
  /** Labels that every event has. */
  labels?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** What the text of an event is read as. @default "none" */
  parse?: "none" | "json";
  /** Longest line in bytes. @default that of all locations */
  max_line?: number | undefined;
  /** @default that of all locations */
  start_at?: "end" | "beginning" | undefined;
  /** How long a file is quiet until its handle is closed. @default never */
  close_idle?: number | undefined;
  /** Files that were not written for so long are not read. @default none */
  age_limit?: number | undefined;
  redact?: readonly RedactOption[];
  /** Lines a second. @default no limit */
  max_rate?: number | undefined;
  /** @default "wait" */
  over_rate?: OverRate;
  /** With `over_rate: sample`, of the lines beyond the rate every so manieth is sent. @default 10 */
  sample_every?: number;
}

/** Whether more is asked for than lines, as they are. */
export function asksForMore(options: LocalfileOptions): boolean {
  const { format = "line", multiline, encoding, fields, labels, parse = "none", max_rate } =
    options;
  const { include_lines = [], exclude_lines = [], redact = [] } = options;
  const isOther = format !== "line" || parse !== "none" || (encoding ?? "utf-8") !== "utf-8";
  const given = [multiline, fields, labels, max_rate].some((option) => option !== undefined);
  return isOther || given || include_lines.length + exclude_lines.length + redact.length > 0;
}
