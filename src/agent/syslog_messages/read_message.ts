/**
 * Takes a message apart, whichever form it has.
 *
 * @module
 */

import { readPriority } from "./priority.ts";
import { readRfc3164 } from "./rfc3164.ts";
import { readRfc5424 } from "./rfc5424.ts";
import type { Reception, SyslogMessage } from "./syslog_message.ts";

/** Only RFC 5424 begins so: a version and a space, then a time, or none. */
const BEGINS_AS_5424 = /^[1-9]\d{0,2} (?:-|\d{4}-)/;

/** What `original` says. A text without a priority is one for people, unless a timestamp shows that a program wrote it. */
export function readMessage(original: string, reception: Reception): SyslogMessage {
  const found = readPriority(original);
  if (found === undefined) {
    const parts = readRfc3164(original, reception);
    return isDated(parts) ? { ...parts, malformed: false } : plain(original);
  }
  const { length, ...priority } = found;
  const rest = original.slice(length);
  const read = readRfc5424(rest);
  if (read !== undefined) return { priority, ...read, malformed: false };
  if (BEGINS_AS_5424.test(rest)) return { priority, header: {}, text: rest, malformed: true };
  const older = readRfc3164(rest, reception) ?? { header: {}, text: rest };
  return { priority, ...older, malformed: false };
}

/** Without a priority, a colon alone does not make a tag: it may be anybody's text. */
function isDated<Parts extends { header: { timestamp?: string } }>(
  parts: Parts | undefined,
): parts is Parts {
  return parts?.header.timestamp !== undefined;
}

function plain(text: string): SyslogMessage {
  return { header: {}, text, malformed: false };
}
