/**
 * Times as programs and devices write them at the beginning of a message.
 *
 * @module
 */

import { isTimestamp, withColon } from "./rfc5424.ts";

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const MONTH = `(?<month>${MONTHS.join("|")})`;
const CLOCK = String
  .raw`(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?:[.,](?<fraction>\d{1,9}))?`;

/** Minutes east of Greenwich, of the short names that devices use. */
const ZONES: Readonly<Record<string, number>> = {
  UTC: 0,
  GMT: 0,
  Z: 0,
  WET: 0,
  WEST: 60,
  BST: 60,
  CET: 60,
  CEST: 120,
  MET: 60,
  MEST: 120,
  EET: 120,
  EEST: 180,
  MSK: 180,
  JST: 540,
  EST: -300,
  EDT: -240,
  CST: -360,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
};
/** What devices put behind a time that they know of. */
const BEHIND = `(?: (?<zone>${Object.keys(ZONES).join("|")}))?(?: (?<yearBehind>\\d{4}))?:? `;

const FORMS: readonly RegExp[] = [
  // `Nov 26 10:00:00`, `Wed Nov 26 2025 10:00:00.123 UTC:`, `2025 Nov 26 10:00:00`, with Cisco's `*` or `.` in front
  new RegExp(
    String
      .raw`^[*.]?(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?(?:(?<yearFirst>\d{4}) )?${MONTH} {1,2}(?<day>\d{1,2}) (?:(?<year>\d{4}) )?${CLOCK}${BEHIND}`,
  ),
  // `26 Nov 2025 10:00:00`
  new RegExp(String.raw`^(?<day>\d{1,2}) ${MONTH} (?<year>\d{4}) ${CLOCK}${BEHIND}`),
  // `2025-11-26 10:00:00`
  new RegExp(String.raw`^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d) ${CLOCK}${BEHIND}`),
];
const FULL_TIME = /^(\d{4}-\d\d-\d\dT\S{8,32}) /;
/** Seconds since 1970, perhaps behind the version of RFC 5424. */
const EPOCH = /^(?:1 )?(\d{10})(?:\.(\d{1,9}))? /;

/** A clock may be ahead by so much without the message being one of last year. */
const AHEAD_MS = 86_400_000;

/** The time that `text` begins with, ISO 8601, and how many characters it takes. */
export function readTime(
  text: string,
  nowMs: number,
): { timestamp: string; length: number } | undefined {
  for (const form of FORMS) {
    const found = form.exec(text);
    if (found?.groups === undefined) continue;
    const timestamp = writtenTime(found.groups, nowMs);
    return timestamp === undefined ? undefined : { timestamp, length: found[0].length };
  }
  return fullTime(text) ?? epochTime(text);
}

function fullTime(text: string): { timestamp: string; length: number } | undefined {
  const [whole, full] = FULL_TIME.exec(text) ?? [];
  if (whole === undefined || full === undefined) return undefined;
  const timestamp = withColon(full);
  return isTimestamp(timestamp) ? { timestamp, length: whole.length } : undefined;
}

function epochTime(text: string): { timestamp: string; length: number } | undefined {
  const [whole, seconds, fraction = ""] = EPOCH.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const time = new Date(1_000 * Number(seconds) + milliseconds(fraction));
  return { timestamp: time.toISOString(), length: whole.length };
}

/** By the clock of this machine where the sender says no zone, and by its calendar where it says no year. */
function writtenTime(parts: Record<string, string | undefined>, nowMs: number): string | undefined {
  const { month = "", zone, fraction = "" } = parts;
  const monthIndex = /^\d/.test(month) ? Number(month) - 1 : MONTHS.indexOf(month);
  const [day = 0, hour = 0, minute = 0, second = 0] = [
    parts.day,
    parts.hour,
    parts.minute,
    parts.second,
  ].map(Number);
  if (monthIndex < 0 || monthIndex > 11 || day < 1 || day > 31 || hour > 23 || minute > 59) {
    return undefined;
  }
  const time = (year: number): number => {
    const all = [monthIndex, day, hour, minute, second, milliseconds(fraction)] as const;
    const offset = zone === undefined ? undefined : ZONES[zone];
    if (offset === undefined) return new Date(year, ...all).getTime();
    return Date.UTC(year, ...all) - offset * 60_000;
  };
  const year = parts.yearFirst ?? parts.year ?? parts.yearBehind;
  const found = year === undefined ? latest(time, nowMs) : time(Number(year));
  return new Date(found).toISOString();
}

/** The year that makes it the latest that is not in the future: December's messages may come in January, and the other way round. */
function latest(time: (year: number) => number, nowMs: number): number {
  let year = new Date(nowMs).getFullYear() + 1;
  while (time(year) > nowMs + AHEAD_MS) year--;
  return time(year);
}

function milliseconds(fraction: string): number {
  return Number(fraction.padEnd(3, "0").slice(0, 3));
}
