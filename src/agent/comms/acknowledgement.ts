/**
 * Whether a 2xx to events acknowledges them. Servers of the family say nothing, or JSON of their own taste. Only what says that the
 * events were taken does: a batch that is sent again costs a double at worst, one that is given up too early is lost.
 *
 * @module
 */

import { type Answer, bodyForm, isObject, jsonOf } from "./answer.ts";
import { numberIn } from "./said.ts";

/** What a member of an answer says of the events. */
type Verdict = "taken" | "fault" | "nothing";

const TAKEN =
  /\b(?:ok|okay|success|succeeded|successful|successfully|accepted|received|taken|stored|saved|created|queued|enqueued|processed|indexed|ingested|acknowledged|done)\b/i;

/** What no server says that has taken everything. */
const FAULT =
  /\b(?:error|fail\w*|unavailable|away|down|denied|refused|rejected|invalid|forbidden|unauthori[sz]ed|maintenance|dropped|discarded|partial(?:ly)?|nothing|none|no|not|never|cannot|could|unable|until|(?:log|sign) ?in|try again)\b|n't\b/i;

const READERS: Readonly<Record<string, (value: unknown) => Verdict>> = {
  results: (value) => Array.isArray(value) ? "taken" : "fault",
  error: absence,
  errors: absence,
  code: outcome,
  status: outcome,
  result: outcome,
  message: (value) => typeof value === "string" ? words(value) : "nothing",
  success: flag,
  ok: flag,
  acknowledged: flag,
  accepted: amount,
  received: amount,
  processed: amount,
  indexed: amount,
};

/** Members that tell of a fault whatever was asked. */
const FAULT_MEMBERS = ["error", "errors", "code", "status", "success", "ok", "message"] as const;

/** Whether a 2xx says that the events were taken, and nothing that speaks against it. */
export function acknowledges(answer: Answer): boolean {
  const form = bodyForm(answer);
  if (form !== "json") return form === "empty";
  const body = jsonOf(answer);
  // What frameworks make of a handler that returns nothing.
  if (body === null) return /\bjson\b/i.test(answer.headers.get("content-type") ?? "");
  if (!isObject(body) || Array.isArray(body)) return false;
  const members = Object.entries(body);
  const verdicts = members.map(([name, value]) =>
    Object.hasOwn(READERS, name) ? READERS[name]?.(value) : "nothing"
  );
  return members.length === 0 || (verdicts.includes("taken") && !verdicts.includes("fault"));
}

/** Whether a 2xx to something else than events tells of a fault: success is then no success. */
export function tellsOfFault(answer: Answer): boolean {
  const body = bodyForm(answer) === "json" ? jsonOf(answer) : undefined;
  if (!isObject(body) || Array.isArray(body)) return false;
  const { data } = body;
  const failed = isObject(data) && !Array.isArray(data)
    ? [data.failed_items, data.total_failed_items]
    : [];
  return FAULT_MEMBERS.some((name) => READERS[name]?.(body[name] ?? null) === "fault") ||
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

/** How many were taken; of none nothing is acknowledged. */
function amount(value: unknown): Verdict {
  if (typeof value === "number") return value > 0 ? "taken" : "fault";
  return typeof value === "boolean" ? flag(value) : "nothing";
}
