/**
 * What a message of syslog says.
 *
 * @module
 */

import type { Priority } from "./priority.ts";

/** Parameters of structured data by element and name; several values where a name comes more than once. */
export type StructuredData = Record<string, Record<string, string | string[]>>;

/** What a header holds; what it does not say is left out. */
export interface SyslogHeader {
  /** ISO 8601. */
  timestamp?: string;
  hostname?: string;
  appname?: string;
  procid?: string;
  msgid?: string;
  /** Of RFC 5424; left out for older forms. */
  version?: string;
  structuredData?: StructuredData;
}

/** A message taken apart. */
export interface SyslogMessage {
  priority?: Priority;
  header: SyslogHeader;
  /** What is left: the text for people. */
  text: string;
  /** It begins as a message of syslog and does not go on as one: `text` is all behind the priority. */
  malformed: boolean;
}

/** Where a message came from, and when, for what it does not say itself. */
export interface Reception {
  /** Wall clock, milliseconds. */
  nowMs: number;
  /** A program of this machine sent it: such messages name no host. */
  isLocal: boolean;
}
