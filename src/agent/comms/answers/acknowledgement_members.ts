/**
 * What single members of a 2xx to events say of them, in the many tastes of servers.
 *
 * @module
 */

import { isObject } from "./answer.ts";
import { statusIn } from "./event_results.ts";
import { numberIn } from "./said.ts";

/** What a member of an answer says of the events. */
export type Verdict = "taken" | "fault" | "short" | "nothing";

const TAKEN =
  /\b(?:ok|okay|success|succeeded|successful|successfully|accepted|received|taken|stored|saved|created|queued|enqueued|processed|indexed|ingested|acknowledged|done)\b/i;

/** What no server says that has taken everything. */
const FAULT =
  /\b(?:error|fail\w*|unavailable|away|down|denied|refused|rejected|invalid|forbidden|unauthori[sz]ed|maintenance|dropped|discarded|partial(?:ly)?|nothing|none|no|not|never|cannot|could|unable|until|(?:log|sign) ?in|try again)\b|n't\b/i;

const READERS: Readonly<Record<string, (value: unknown, events: number) => Verdict>> = {
  results: (value) => Array.isArray(value) ? entries(value, "taken") : "fault",
  items: (value) => Array.isArray(value) ? entries(value, "nothing") : "nothing",
  responses: (value) => Array.isArray(value) ? entries(value, "nothing") : "nothing",
  error: absence,
  errors: faults,
  errno: absence,
  errorcode: absence,
  errorcount: absence,
  code: outcome,
  returncode: outcome,
  status: outcome,
  statuscode: outcome,
  state: (value) => typeof value === "string" ? words(value) : "nothing",
  result: (value, events) => nested(value, events) ?? outcome(value),
  response: (value, events) =>
    nested(value, events) ?? (typeof value === "string" ? words(value) : "nothing"),
  data: (value, events) => nested(value, events) ?? "nothing",
  summary: (value, events) => nested(value, events) ?? "nothing",
  // OTLP: nothing in it is a success without a but.
  partialsuccess: (value, events) => nested(value, events, "taken") ?? "nothing",
  message: (value) => typeof value === "string" ? words(value) : "nothing",
  msg: (value) => typeof value === "string" ? words(value) : "nothing",
  success: flag,
  ok: flag,
  ack: flag,
  acknowledged: amount,
  accepted: amount,
  received: amount,
  processed: amount,
  indexed: amount,
  ingested: amount,
  inserted: amount,
  written: amount,
  stored: amount,
  rejected: loss,
  refused: loss,
  invalid: loss,
  malformed: loss,
  failed: loss,
  failures: loss,
  dropped: loss,
  discarded: loss,
  skipped: loss,
  ignored: loss,
  lost: loss,
};

/** What counts whatever is said around it. */
const COUNTS: ReadonlySet<unknown> = new Set([amount, loss]);

/** What is put around a name to say that it is a number: `accepted_count`, `eventsRejected`, `total_failed_items`. */
const AROUND =
  "total|num|number|count|events|event|items|records|record|docs|documents|logs|log|lines|of";
const BEFORE_NAME = new RegExp(`^(?:${AROUND})+(?=[a-z])`);
const BEHIND_NAME = new RegExp(`(?<=[a-z])(?:${AROUND})+$`);

/** How a member is read, whatever the taste in which it is named. */
function readerOf(name: string): (typeof READERS)[string] | undefined {
  if (Object.hasOwn(READERS, name)) return READERS[name];
  const plain = name.toLowerCase().replace(/[^a-z]/g, "");
  const core = plain.replace(BEFORE_NAME, "").replace(BEHIND_NAME, "");
  const reader = Object.hasOwn(READERS, core) ? READERS[core] : undefined;
  // Only what is counted may be named in any way: the "item_status" of something else says nothing.
  return core === plain || COUNTS.has(reader) ? reader : undefined;
}

/** What all members of an answer say together. */
export function verdictOfMembers(members: [string, unknown][], events: number): Verdict {
  return worst(members.map(([name, value]) => readerOf(name)?.(value, events) ?? "nothing"));
}

function worst(verdicts: readonly Verdict[]): Verdict {
  const said = (["short", "fault", "taken"] as const).find((one) => verdicts.includes(one));
  return said ?? "nothing";
}

/** The numbers in an object of an answer; what else it has may be about anything. */
function nested(
  value: unknown,
  events: number,
  otherwise: Verdict = "nothing",
): Verdict | undefined {
  if (!isObject(value) || Array.isArray(value)) return undefined;
  const verdicts = Object.entries(value).map(([name, inner]) => {
    const reader = readerOf(name);
    return reader !== undefined && COUNTS.has(reader) ? reader(inner, events) : "nothing";
  });
  const said = worst(verdicts);
  return said === "nothing" ? otherwise : said;
}

/** What is said of each event, as `{"status":400}` or, by databases, `{"create":{"status":400}}`. */
function entries(all: readonly unknown[], otherwise: Verdict): Verdict {
  const statuses = all.flatMap((entry) => {
    if (!isObject(entry)) return [];
    const [only] = Object.values(entry);
    return statusIn(entry.status ?? (isObject(only) ? only.status : undefined)) ?? [];
  });
  return statuses.some((status) => status >= 300) ? "short" : otherwise;
}

/** A list of fewer faults than events is about these. */
function faults(value: unknown, events: number): Verdict {
  const isAboutSome = Array.isArray(value) && value.length > 0 && value.length < events;
  return isAboutSome ? "short" : absence(value);
}

/** A member that names faults: there are none. */
function absence(value: unknown): Verdict {
  const isNone = Array.isArray(value) ? value.length === 0 : !value || value === "0";
  return isNone ? "taken" : "fault";
}

/** A number that stands for success, or words. */
function outcome(value: unknown): Verdict {
  if (value === null || value === "") return "nothing";
  const number = numberIn(value);
  if (Number.isNaN(number)) return typeof value === "string" ? words(value, "fault") : "fault";
  return number === 0 || (number >= 200 && number < 300) ? "taken" : "fault";
}

/** Whether words tell of events that were taken, or of a fault. */
export function words(text: string, otherwise: Verdict = "nothing"): Verdict {
  if (FAULT.test(text)) return "fault";
  return TAKEN.test(text) ? "taken" : otherwise;
}

function flag(value: unknown): Verdict {
  if (value === null) return "nothing";
  return value === true || value === "true" || value === 1 ? "taken" : "fault";
}

/** How many were taken: fewer than were sent leave it open which. */
function amount(value: unknown, events: number): Verdict {
  if (typeof value === "boolean") return flag(value);
  const number = value === "" ? NaN : numberIn(value);
  if (value === null || Number.isNaN(number)) return "nothing";
  return number >= events ? "taken" : "short";
}

/** How many were not taken, or which. */
function loss(value: unknown): Verdict {
  return absence(value) === "taken" ? "taken" : "short";
}

/** Whether a member tells of a fault by itself. */
export function isFault(name: string, value: unknown): boolean {
  return READERS[name]?.(value ?? null, 1) === "fault";
}
