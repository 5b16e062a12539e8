/**
 * Messages as RFC 5424 has them: `<PRI>1 TIMESTAMP HOSTNAME APP-NAME PROCID MSGID [id name="value"] text`.
 *
 * Every pattern is tried at one place and takes each character once: the time is linear in the length, whatever is sent.
 *
 * @module
 */

import type { StructuredData, SyslogHeader } from "./syslog_message.ts";

/** Version, then five words, then whatever follows. */
const HEADER = /^([1-9]\d{0,2}) (\S+) (\S+) (\S+) (\S+) (\S+) /;
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
/** `+0100` is no zone of RFC 3339, and what many write. */
const ZONE_WITHOUT_COLON = /([+-]\d\d)(\d\d)$/;
const ELEMENT = /\[([^\s=\]"]+)/y;
const PARAMETER = / +([^\s=\]"]+)="((?:[^"\\\]]|\\[^])*)"/y;
const ELEMENT_END = / *\]/y;
const NIL = "-";
const BYTE_ORDER_MARK = "\ufeff";

/** What stands behind the priority, taken apart; `undefined` when it is no such message. */
export function readRfc5424(rest: string): { header: SyslogHeader; text: string } | undefined {
  // Without text and structured data a space may be missing at the end.
  const padded = `${rest} `;
  const [whole, version, written, hostname, appname, procid, msgid] = HEADER.exec(padded) ?? [];
  if (whole === undefined || version === undefined || written === undefined) return undefined;
  const time = withColon(written);
  if (time !== NIL && !isTimestamp(time)) return undefined;
  const data = readStructuredData(rest, whole.length);
  if (data === undefined) return undefined;
  const header: SyslogHeader = { version };
  const says = (word: string | undefined): word is string => word !== undefined && word !== NIL;
  if (says(time)) header.timestamp = time;
  if (says(hostname)) header.hostname = hostname;
  if (says(appname)) header.appname = appname;
  if (says(procid)) header.procid = procid;
  if (says(msgid)) header.msgid = msgid;
  if (data.elements !== undefined) header.structuredData = data.elements;
  const text = rest.slice(data.end).replace(/^ /, "");
  return { header, text: text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text };
}

/** Whether `text` is a time of RFC 3339 that there is. */
export function isTimestamp(text: string): boolean {
  return TIMESTAMP.test(text) && !Number.isNaN(Date.parse(text));
}

/** A time with its zone as RFC 3339 has it. */
export function withColon(time: string): string {
  return time.length < 20 ? time : time.replace(ZONE_WITHOUT_COLON, "$1:$2");
}

/** The elements from `start` on, and where they end; `undefined` when something else stands there. */
function readStructuredData(
  text: string,
  start: number,
): { elements: StructuredData | undefined; end: number } | undefined {
  if (start >= text.length) return { elements: undefined, end: text.length };
  if (text[start] === NIL) return { elements: undefined, end: start + 1 };
  const elements = new Map<string, Record<string, string | string[]>>();
  let end = start;
  while (text[end] === "[") {
    const element = readElement(text, end);
    if (element === undefined) return undefined;
    elements.set(element.id, element.parameters);
    end = element.end;
  }
  return end === start ? undefined : { elements: Object.fromEntries(elements), end };
}

function readElement(text: string, start: number) {
  const [opening, id] = at(ELEMENT, text, start) ?? [];
  if (opening === undefined || id === undefined) return undefined;
  const parameters = new Map<string, string | string[]>();
  let end = start + opening.length;
  for (let found = at(PARAMETER, text, end); found !== null; found = at(PARAMETER, text, end)) {
    const [whole, name = "", value = ""] = found;
    put(parameters, name, value.replace(/\\(["\\\]])/g, "$1"));
    end += whole.length;
  }
  const closing = at(ELEMENT_END, text, end);
  if (closing === null) return undefined;
  // From entries: a name such as `__proto__` is a name like any other.
  return { id, parameters: Object.fromEntries(parameters), end: end + closing[0].length };
}

function put(parameters: Map<string, string | string[]>, name: string, value: string): void {
  const before = parameters.get(name);
  if (Array.isArray(before)) before.push(value);
  else parameters.set(name, before === undefined ? value : [before, value]);
}

/** Tries a sticky pattern at one place. */
function at(pattern: RegExp, text: string, index: number): RegExpExecArray | null {
  pattern.lastIndex = index;
  return pattern.exec(text);
}
