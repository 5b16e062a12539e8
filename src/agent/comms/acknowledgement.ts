/**
 * Whether a 2xx to events acknowledges them. Servers of the family say nothing, or JSON of their own taste; a fault told under 200, and
 * what somebody else says, acknowledge nothing.
 *
 * @module
 */

import { type Answer, bodyForm, isObject, jsonOf } from "./answer.ts";

/** Members of which at least one is there when a server speaks of what it took. */
const WORDS: ReadonlySet<string> = new Set([
  ..."message status result results error errors code success ok acknowledged".split(" "),
  ..."accepted received processed indexed count took items data".split(" "),
]);

/** What no server says that has taken something. */
const FAULT =
  /\b(?:error|fail\w*|unavailable|away|down|denied|refused|rejected|invalid|forbidden|unauthori[sz]ed|maintenance|(?:log|sign) ?in|try again|not \w+ed|not found)\b/i;

/** Whether a 2xx says, or does not deny, that the events were taken. */
export function acknowledges(answer: Answer): boolean {
  const form = bodyForm(answer);
  if (form !== "json") return form === "empty";
  const body = jsonOf(answer);
  // What frameworks make of a handler that returns nothing.
  if (body === null) return /\bjson\b/i.test(answer.headers.get("content-type") ?? "");
  if (!isObject(body) || Array.isArray(body)) return false;
  const names = Object.keys(body);
  return (names.length === 0 || names.some((name) => WORDS.has(name))) && !isFault(body);
}

function isFault(body: Record<string, unknown>): boolean {
  const { results, error, errors, code, status, success, ok, acknowledged, message } = body;
  if (results !== undefined && !Array.isArray(results)) return true;
  if ([error, errors].some(isSomething)) return true;
  if (![code, status].every((value) => isUnset(value) || isGood(value))) return true;
  return [success, ok, acknowledged].includes(false) ||
    (typeof message === "string" && FAULT.test(message));
}

/** A number that stands for success, or a text that speaks of no fault. */
function isGood(value: unknown): boolean {
  const number = Number(value);
  if (!Number.isNaN(number)) return number === 0 || (number >= 200 && number < 300);
  return typeof value === "string" && !FAULT.test(value);
}

function isSomething(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value) && value !== "0";
}

function isUnset(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}
