/**
 * Messages as RFC 3164 describes them, and as they are: `<PRI>Nov 26 10:00:00 host app[42]: text`.
 *
 * Programs name no host to their own machine. Devices put numbers, colons and their name in front of the time ({@linkcode readTime}
 * has what they write as one); what they are called may stand before or behind it.
 *
 * @module
 */

import { readTime } from "./device_time.ts";
import type { Reception, SyslogHeader } from "./syslog_message.ts";

/** A name, perhaps a process id, and a colon. */
const TAG = /^([^\s:[\]]{1,128})(?:\[([^\s\]]{1,64})\])?: ?/;
/** Behind a time the number of a process is enough to tell a tag from the first word of a text. */
const TAG_WITHOUT_COLON = /^([^\s:[\]]{1,128})\[([^\s\]]{1,64})\] /;
/** The same where a name of a host may stand, which may hold colons itself. */
const TAG_FIRST = /^[^\s:[\]]{1,128}(?:\[[^\s\]]{1,64}\])?:(?: |$)/;
/** Relays that chain names write `host/relay` and `source@host`. */
const HOST = /^([\w:][\w.:%@/-]{0,254}) (?:: )?/;
/** Of Cisco: `host: %ASA-6-302013: text`. */
const HOST_BEFORE_CODE = /^([\w.-]{1,255}): (?=%[A-Z])/;
/** Of Cisco, before the time: `83: `, `585917: switch: `, `: `. */
const IN_FRONT = /^(?::\s?)?(?:\d{1,10}: )?(?:([A-Za-z][\w.-]{0,254}): )?/;
/** No name of a program, but a form of its own, which its readers want whole. */
const WHOLE = /^(?:CEF|LEEF): ?\d/;
const NUMBER = /^\d+$/;

/** What stands behind the priority, taken apart; `undefined` when it has no timestamp and no tag. */
export function readRfc3164(
  rest: string,
  reception: Reception,
): { header: SyslogHeader; text: string } | undefined {
  const { time, named, afterTime } = timeIn(rest, reception.nowMs);
  const host = hostIn(afterTime, time !== undefined && named === undefined && !reception.isLocal);
  const hostname = named ?? host.hostname;
  const afterHost = afterTime.slice(host.length);
  const tag = tagIn(afterHost, time !== undefined);
  if (time === undefined && tag.appname === undefined) return undefined;
  return {
    header: {
      ...(time !== undefined && { timestamp: time }),
      ...(hostname !== undefined && { hostname }),
      ...(tag.appname !== undefined && { appname: tag.appname }),
      ...(tag.procid !== undefined && { procid: tag.procid }),
    },
    text: afterHost.slice(tag.length),
  };
}

/** The time, and what stands behind it; `named`: the host that stands before it. */
function timeIn(rest: string, nowMs: number): { time?: string; named?: string; afterTime: string } {
  const [inFront = "", named] = IN_FRONT.exec(rest) ?? [];
  const time = readTime(rest.slice(inFront.length), nowMs);
  if (time === undefined) return { afterTime: rest };
  return {
    time: time.timestamp,
    ...(named !== undefined && { named }),
    afterTime: rest.slice(inFront.length + time.length),
  };
}

function hostIn(text: string, mayBe: boolean): { hostname?: string; length: number } {
  if (!mayBe) return { length: 0 };
  const found = HOST_BEFORE_CODE.exec(text) ?? (TAG_FIRST.test(text) ? null : HOST.exec(text));
  const [whole, hostname] = found ?? [];
  return whole === undefined || hostname === undefined
    ? { length: 0 }
    : { hostname, length: whole.length };
}

function tagIn(
  text: string,
  isDated: boolean,
): { appname?: string; procid?: string; length: number } {
  const found = TAG.exec(text) ?? (isDated ? TAG_WITHOUT_COLON.exec(text) : null);
  const [whole, appname, procid] = found ?? [];
  // A number is one of the message, which devices count.
  if (whole === undefined || appname === undefined || NUMBER.test(appname)) return { length: 0 };
  const length = WHOLE.test(text) ? 0 : whole.length;
  return { appname, ...(procid !== undefined && { procid }), length };
}
