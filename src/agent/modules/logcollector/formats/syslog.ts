/**
 * Lines of syslog as they stand in files.
 *
 * - RFC 5424: `<34>1 2003-10-11T22:14:15.003Z host app pid id [data] text`
 * - RFC 3164: `<34>Oct 11 22:14:15 host app[pid]: text`
 * - either without `<34>`, as rsyslog and syslog-ng write files: the time in the old form or as ISO
 *   8601.
 *
 * The old form has no zone and, but for some devices, no year: it is the latest such time of this machine that is not
 * more than a day ahead.
 *
 * @module
 */

import type { Members } from "./stages.ts";
import { structuredData } from "./structured_data.ts";

const PRIORITY = /^<(\d{1,3})>/;
const NEW_HEAD = /^1 (\S{1,40}) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) /;
const OLD_TIME = /^([A-Z][a-z]{2}) {1,2}(\d{1,2}) (?:(\d{4}) )?(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})? /;
const ISO_TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)) /;
/** Devices put a colon behind their name, or by itself behind that. */
const HOST = /^(\S{1,255}?)(?: :|:(?= %))? /;
/** Without a colon only the number of a process tells a tag from the first word of a text. */
const TAG = /^([^\s:[\]]{1,128})(?:\[([^\]\s]{1,64})\]:?|:) ?/;
const MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
const DAY_MS = 86_400_000;
const SEVERITIES = [
  "emergency",
  "alert",
  "critical",
  "error",
  "warning",
  "notice",
  "informational",
  "debug",
];
const FACILITIES = (
  "kernel user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock " +
  "local0 local1 local2 local3 local4 local5 local6 local7"
).split(" ");
const HIGHEST_PRIORITY = 191;

/** The parts of a message, where the Elastic Common Schema has them; `undefined` for other lines. */
export function parseSyslog(text: string, nowMs: number): Members | undefined {
  const priority = PRIORITY.exec(text);
  const value = priority ? Number(priority[1]) : undefined;
  if (value !== undefined && value > HIGHEST_PRIORITY) return undefined;
  const rest = text.slice(priority?.[0].length ?? 0);
  const parts = (priority && parseNew(rest)) ?? parseOld(rest, nowMs);
  if (!parts) return undefined;
  const { time, message, ...syslog } = parts;
  const { appname, procid } = syslog;
  return {
    ...(time !== undefined && { "@timestamp": time }),
    message,
    ...processOf(appname, procid),
    log: { ...levelOf(value), syslog: { ...priorityOf(value), ...syslog } },
  };
}

interface Parts {
  time?: string;
  message: string;
  hostname?: string;
  appname?: string;
  procid?: string;
  msgid?: string;
  version?: string;
  structured_data?: Members;
}

function parseNew(text: string): Parts | undefined {
  const head = NEW_HEAD.exec(text);
  if (!head) return undefined;
  const [all, time, hostname, appname, procid, msgid] = head;
  const data = structuredData(text.slice(all.length));
  if (!data) return undefined;
  const given = Object.entries({ time, hostname, appname, procid, msgid })
    .filter(([, value]) => value !== undefined && value !== "-");
  return {
    ...Object.fromEntries(given),
    version: "1",
    ...(data.elements && { structured_data: data.elements }),
    // Where it came in the old form rsyslog leaves the space that stood behind the tag.
    message: data.rest.replace(/^\ufeff? ?/, ""),
  };
}

function parseOld(text: string, nowMs: number): Parts | undefined {
  const iso = ISO_TIME.exec(text);
  const old = iso ? null : OLD_TIME.exec(text);
  const time = iso?.[1] ?? (old ? oldTime(old, nowMs) : undefined);
  if (time === undefined) return undefined;
  const behindTime = text.slice((iso ?? old)?.[0].length ?? 0);
  const host = HOST.exec(behindTime);
  if (!host) return undefined;
  const behindHost = behindTime.slice(host[0].length);
  const tag = TAG.exec(behindHost);
  return {
    time,
    hostname: host[1] ?? "",
    ...(tag?.[1] !== undefined && { appname: tag[1] }),
    ...(tag?.[2] !== undefined && { procid: tag[2] }),
    message: behindHost.slice(tag?.[0].length ?? 0),
  };
}

function oldTime(
  [, name = "", day, written, hour, minute, second]: RegExpExecArray,
  nowMs: number,
) {
  const month = MONTHS.indexOf(name) / 3;
  if (!Number.isInteger(month) || month < 0) return undefined;
  const numbers = [month, day, hour, minute, second].map(Number);
  const at = (year: number) => {
    const [m = 0, d = 1, h = 0, min = 0, s = 0] = numbers;
    return new Date(year, m, d, h, min, s).getTime();
  };
  if (written !== undefined) return new Date(at(Number(written))).toISOString();
  const year = new Date(nowMs).getFullYear();
  const next = [year + 1, year, year - 1].map(at).find((time) => time <= nowMs + DAY_MS);
  return next === undefined ? undefined : new Date(next).toISOString();
}

function priorityOf(value: number | undefined): Members {
  if (value === undefined) return {};
  const [facility, severity] = [Math.floor(value / 8), value % 8];
  return {
    priority: value,
    facility: { code: facility, name: FACILITIES[facility] },
    severity: { code: severity, name: SEVERITIES[severity] },
  };
}

function levelOf(value: number | undefined): Members {
  return value === undefined ? {} : { level: SEVERITIES[value % 8] };
}

function processOf(name: string | undefined, id: string | undefined): Members {
  const pid = id !== undefined && /^\d{1,10}$/.test(id) ? { pid: Number(id) } : {};
  return name === undefined ? {} : { process: { name, ...pid } };
}
