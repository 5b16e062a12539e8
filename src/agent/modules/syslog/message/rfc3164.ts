/**
 * Messages as RFC 3164 describes them, and as they are: `<PRI>Nov 26 10:00:00 host app[42]: text`.
 *
 * Programs name no host to their own machine. Relays such as rsyslog put a full timestamp in place of the short one; devices add a
 * year, milliseconds, or a colon.
 *
 * @module
 */

import { isTimestamp } from "./rfc5424.ts";
import type { Reception, SyslogHeader } from "./syslog_message.ts";

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const SHORT_TIME =
  /^[*.]?(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}(\d{1,2}) (?:(\d{4}) )?(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?:? /;
const FULL_TIME = /^(\d{4}-\d\d-\d\dT\S{8,32}) /;
/** A name, perhaps a process id, and a colon. */
const TAG = /^([^\s:[\]]{1,128})(?:\[([^\s\]]{1,64})\])?: ?/;
/** The same where a name of a host may stand, which may hold colons itself. */
const TAG_FIRST = /^[^\s:[\]]{1,128}(?:\[[^\s\]]{1,64}\])?:(?: |$)/;
const HOST = /^([\w.:%-]{1,255}) /;

/** A clock may be ahead by so much without the message being one of last year. */
const AHEAD_MS = 7 * 86_400_000;

/** What stands behind the priority, taken apart; `undefined` when it has no timestamp and no tag. */
export function readRfc3164(
  rest: string,
  reception: Reception,
): { header: SyslogHeader; text: string } | undefined {
  const time = readTime(rest, reception.nowMs);
  const afterTime = rest.slice(time?.length ?? 0);
  const mayNameHost = time !== undefined && !reception.isLocal && !TAG_FIRST.test(afterTime);
  const [hostPart = "", hostname] = mayNameHost ? HOST.exec(afterTime) ?? [] : [];
  const afterHost = afterTime.slice(hostPart.length);
  const [tagPart = "", appname, procid] = TAG.exec(afterHost) ?? [];
  if (time === undefined && appname === undefined) return undefined;
  return {
    header: {
      ...(time && { timestamp: time.timestamp }),
      ...(hostname !== undefined && { hostname }),
      ...(appname !== undefined && { appname }),
      ...(procid !== undefined && { procid }),
    },
    text: afterHost.slice(tagPart.length),
  };
}

function readTime(text: string, nowMs: number): { timestamp: string; length: number } | undefined {
  const short = SHORT_TIME.exec(text);
  if (short !== null) {
    const timestamp = shortTime(short, nowMs);
    return timestamp === undefined ? undefined : { timestamp, length: short[0].length };
  }
  const [whole, full] = FULL_TIME.exec(text) ?? [];
  if (whole === undefined || full === undefined || !isTimestamp(full)) return undefined;
  return { timestamp: full, length: whole.length };
}

/** By the clock of this machine: the sender says neither year nor zone. */
function shortTime(parts: RegExpExecArray, nowMs: number): string | undefined {
  const [, month = "", day, year, hour, minute, second, fraction = ""] = parts;
  const time = (inYear: number) =>
    new Date(
      inYear,
      MONTHS.indexOf(month),
      Number(day),
      Number(hour),
      Number(minute),
      Number(second),
      Number(fraction.padEnd(3, "0").slice(0, 3)),
    );
  if (Number(day) < 1 || Number(day) > 31 || Number(hour) > 23 || Number(minute) > 59) {
    return undefined;
  }
  const thisYear = new Date(nowMs).getFullYear();
  const found = year === undefined ? time(thisYear + 1) : time(Number(year));
  // The year that makes it the latest that is not in the future: December's messages may come in January, and the other way round.
  for (let back = 0; year === undefined && found.getTime() > nowMs + AHEAD_MS; back++) {
    found.setTime(time(thisYear - back).getTime());
  }
  return found.toISOString();
}
