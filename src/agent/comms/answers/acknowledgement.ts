/**
 * Whether a 2xx to events acknowledges them. Servers of the family say nothing, or JSON of their own taste. Only what says that the
 * events were taken does: a batch that is sent again costs a double at worst, one that is given up too early is lost.
 *
 * @module
 */

import { type Answer, bodyForm, isObject, jsonOf, textOfAnswer } from "./answer.ts";
import { isFault, type Verdict, verdictOfMembers, words } from "./acknowledgement_members.ts";

/** Longest text that is a word and no document. */
const MAX_WORD_LENGTH = 64;
/** Statuses, which servers like to repeat in words such as `200 OK`. */
const SUCCESS_STATUS = /\b20\d\b/g;

/** Members that tell of a fault whatever was asked. */
const FAULT_MEMBERS = ["error", "errors", "code", "status", "success", "ok", "message"] as const;

/** Said by the server of the protocol alone: portals, and services that answer to every path, say 200. */
const TAKEN_STATUSES: ReadonlySet<number> = new Set([201, 202]);

/**
 * Why a 2xx to so many events does not acknowledge them; `undefined` when it says that they were taken, and nothing that speaks against
 * it. `partly`: some of them were not taken, and it is not said which. Where nobody has counted them, any number but none will do.
 */
export function whyUnacknowledged(
  answer: Answer,
  events = 1,
): { why: string; partly: boolean } | undefined {
  const verdict = verdictOf(answer, events);
  const isTaken = verdict === "taken" || (verdict === "nothing" && isTakenByStatus(answer));
  if (isTaken) return undefined;
  return verdict === "short"
    ? { why: "not all of the events were taken", partly: true }
    : { why: "not an answer of this protocol", partly: false };
}

function isTakenByStatus(answer: Answer): boolean {
  const body = TAKEN_STATUSES.has(answer.status) ? jsonOf(answer) : undefined;
  return isObject(body) && !Array.isArray(body);
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
  return FAULT_MEMBERS.some((name) => isFault(name, body[name])) ||
    failed.some((value) => Array.isArray(value) ? value.length > 0 : Boolean(value));
}
