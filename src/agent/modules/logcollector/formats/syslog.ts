/**
 * Lines of syslog as they stand in files: messages as they came, and those that rsyslog and syslog-ng write without a priority.
 *
 * @module
 */

import { readMessage } from "../../../syslog_messages/read_message.ts";
import type { SyslogMessage } from "../../../syslog_messages/syslog_message.ts";
import type { Members } from "./stages.ts";

/**
 * Without a priority only times that no other log begins its lines with tell syslog: `Nov 26 10:00:00`, perhaps with a day of the week
 * or a year, and `2026-01-02T10:00:00Z`; not `2026-01-02 10:00:00`, and no numbers.
 */
const BEGINS_AS_FILE =
  /^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?(?:[A-Z][a-z]{2} {1,2}\d|\d{4} [A-Z][a-z]{2} |\d{4}-\d\d-\d\dT)/;
const BEGINS_WITH_PRIORITY = /^<\d/;
const PROCESS_ID = /^\d{1,10}$/;

/** The parts of a message, where the Elastic Common Schema has them; `undefined` for other lines. */
export function parseSyslog(text: string, nowMs: number): Members | undefined {
  if (!BEGINS_WITH_PRIORITY.test(text) && !BEGINS_AS_FILE.test(text)) return undefined;
  const message = readMessage(text, { nowMs, isLocal: false });
  const { header: { timestamp, version }, malformed } = message;
  if (malformed || (timestamp === undefined && version === undefined)) return undefined;
  return membersOf(message);
}

function membersOf({ priority, header, text }: SyslogMessage): Members {
  const { timestamp, structuredData, ...words } = header;
  const syslog = {
    ...priority,
    ...words,
    ...(structuredData && { structured_data: structuredData }),
  };
  return {
    ...(timestamp !== undefined && { "@timestamp": timestamp }),
    // Where it came in the old form rsyslog leaves the space that stood behind the tag.
    message: words.version === undefined ? text : text.replace(/^ /, ""),
    ...processOf(header),
    log: { ...(priority && { level: priority.severity.name }), syslog },
  };
}

function processOf({ appname: name, procid }: SyslogMessage["header"]): Members {
  const pid = procid !== undefined && PROCESS_ID.test(procid) ? { pid: Number(procid) } : {};
  return name === undefined ? {} : { process: { name, ...pid } };
}
