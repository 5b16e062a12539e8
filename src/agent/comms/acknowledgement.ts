/**
 * Whether a 2xx to events acknowledges them. Servers of the family say nothing, or JSON of their own taste. Only what says that the
 * events were taken does: a batch that is sent again costs a double at worst, one that is given up too early is lost.
 *
 * @module
 */

import { type Answer, bodyForm, isObject, jsonOf, textOfAnswer } from "./answer.ts";
import { numberIn } from "./said.ts";

/** What a member of an answer says of the events. */
type Verdict = "taken" | "fault" | "short" | "nothing";

/** Longest text that is a word and no document. */
const MAX_WORD_LENGTH = 64;
/** Statuses, which servers like to repeat in words such as `200 OK`. */
const SUCCESS_STATUS = /\b20\d\b/g;

const TAKEN =
  /\b(?:ok|okay|success|succeeded|successful|successfully|accepted|received|taken|stored|saved|created|queued|enqueued|processed|indexed|ingested|acknowledged|done)\b/i;

/** What no server says that has taken everything. */
const FAULT =
  /\b(?:error|fail\w*|unavailable|away|down|denied|refused|rejected|invalid|forbidden|unauthori[sz]ed|maintenance|dropped|discarded|partial(?:ly)?|nothing|none|no|not|never|cannot|could|unable|until|(?:log|sign) ?in|try again)\b|n't\b/i;

const READERS: Readonly<Record<string, (value: unknown, events: number) => Verdict>> = {
  results: (value) => Array.isArray(value) ? "taken" : "fault",
  error: absence,
  errors: absence,
  code: outcome,
  status: outcome,
  result: outcome,
  message: (value) => typeof value === "string" ? words(value) : "nothing",
  success: flag,
  ok: flag,
  acknowledged: amount,
  accepted: amount,
  received: amount,
  processed: amount,
  indexed: amount,
  ingested: amount,
  stored: amount,
  rejected: loss,
  failed: loss,
  failures: loss,
  dropped: loss,
  discarded: loss,
};

/** Members that tell of a fault whatever was asked. */
const FAULT_MEMBERS = ["error", "errors", "code", "status", "success", "ok", "message"] as const;

/**
 * Why a 2xx to so many events does not acknowledge them; `undefined` when it says that they were taken, and nothing that speaks against
 * it. Where nobody has counted them, any number of them but none will do.
 */
export function whyUnacknowledged(answer: Answer, events = 1): string | undefined {
  const verdict = verdictOf(answer, events);
  if (verdict === "taken") return undefined;
  return verdict === "short"
    ? "not all of the events were taken"
    : "not an answer of this protocol";
}

function verdictOf(answer: Answer, events: number): Verdict {
  const form = bodyForm(answer);
  if (form === "empty") return "taken";
  if (form === "other") return answer.truncated ? "nothing" : bareWord(textOfAnswer(answer));
  if (form !== "json") return "fault";
  const body = jsonOf(answer);
  // What frameworks make of a handler that returns nothing.
  if (body === null) {
    return /\bjson\b/i.test(answer.headers.get("content-type") ?? "") ? "taken" : "nothing";
  }
  if (typeof body === "string") return bareWord(body);
  if (!isObject(body)) return body === true ? "taken" : "fault";
  const members = Object.entries(body);
  if (members.length === 0) return "taken";
  return Array.isArray(body) ? "nothing" : verdictOfMembers(members, events);
}

function verdictOfMembers(members: [string, unknown][], events: number): Verdict {
  const verdicts = members.map(([name, value]) =>
    Object.hasOwn(READERS, name) ? READERS[name]?.(value, events) : "nothing"
  );
  const said = (["short", "fault", "taken"] as const).find((one) => verdicts.includes(one));
  return said ?? "nothing";
}

/** A body that is no more than `OK`; a number in it could be that of the events. */
function bareWord(text: string): Verdict {
  const word = text.replace(SUCCESS_STATUS, "");
  return word.length > MAX_WORD_LENGTH || /\d/.test(word) ? "nothing" : words(word);
}

/** Whether a 2xx to something else than events tells of a fault: success is then no success. */
export function tellsOfFault(answer: Answer): boolean {
  const body = bodyForm(answer) === "json" ? jsonOf(answer) : undefined;
  if (!isObject(body) || Array.isArray(body)) return false;
  const { data } = body;
  const failed = isObject(data) && !Array.isArray(data)
    ? [data.failed_items, data.total_failed_items]
    : [];
  return FAULT_MEMBERS.some((name) => READERS[name]?.(body[name] ?? null, 1) === "fault") ||
    failed.some((value) => Array.isArray(value) ? value.length > 0 : Boolean(value));
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

function words(text: string, otherwise: Verdict = "nothing"): Verdict {
  if (FAULT.test(text)) return "fault";
  return TAKEN.test(text) ? "taken" : otherwise;
}

function flag(value: unknown): Verdict {
  if (value === null) return "nothing";
  return value === true ? "taken" : "fault";
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
