/**
 * Reads answers of the comms API: what each comes to for whoever asked.
 *
 * @module
 */

import { type Answer, bodyForm, describeAnswer, isObject, jsonOf } from "./answer.ts";
import { statusIn } from "./event_results.ts";
import type {
  BatchFate,
  GiveUpOutcome,
  PollOutcome,
  RetryOutcome,
} from "../../../shared/protocol/exchange.ts";
import { excessIn } from "./json_size.ts";
import { judge, mayHaveWorked } from "./response_classifier.ts";
import type { BatchEncoding } from "../../../shared/protocol/stored_events.ts";
import type { Exchange } from "../connection/server_connection.ts";

/** Most bytes read of an answer of the comms API. */
export const MAX_BYTES = 16 * 1024 * 1024;

/** What servers say to a path that they do not know. */
const UNKNOWN_PATH: ReadonlySet<number> = new Set([404, 405, 410, 501]);

/** What servers say to an encoding that they do not know. */
const ENCODING_STATUSES: ReadonlySet<number> = new Set([406, 415]);

/** An answer that means success, or the outcome that it comes to. */
export type Received = { kind: "received"; answer: Answer } | RetryOutcome | GiveUpOutcome;

type Commands = Extract<PollOutcome, { kind: "commands" }>;

/** What no success means for a request of our own: a server that does not know it says so in one of several ways. */
export function unsupportedOr(
  missed: RetryOutcome | GiveUpOutcome,
  exchange: Exchange,
): RetryOutcome | { kind: "unsupported" } {
  const isMiss = missed.kind === "give_up" || UNKNOWN_PATH.has(missed.status ?? 0);
  return isMiss && !isPage(exchange) ? { kind: "unsupported" } : { ...missed, kind: "retry" };
}

/** True when the server says that it has no such path. */
export function isUnknownPath(exchange: Exchange): boolean {
  return exchange.kind === "answer" && UNKNOWN_PATH.has(exchange.status) && !isPage(exchange);
}

function isPage(exchange: Exchange): boolean {
  return exchange.kind === "answer" && bodyForm(exchange) === "page";
}

/** An answer about something else is that of a server which answers to every path. */
export function fateIn(answer: Answer, id: string): BatchFate {
  const body = jsonOf(answer);
  if (!isObject(body) || body.batch_id !== id) return { kind: "unsupported" };
  if (body.known === false) return { kind: "unknown" };
  if (body.known !== true) return { kind: "unsupported" };
  const status = isObject(body.answer) ? statusIn(body.answer.status) : undefined;
  return { kind: "received", status: status ?? 200 };
}

/** A page that says 404 is that of another server: whether there is a file is not known. */
export function isAbsence(exchange: Exchange): boolean {
  return exchange.kind === "answer" && exchange.status === 404 && !isPage(exchange);
}

/** Whether an answer refuses the token. */
export function isTokenRefused(exchange: Exchange): boolean {
  return exchange.kind === "answer" && judge(exchange).kind === "token";
}

/** What an exchange comes to, when only its status and form count; `encoding` is that of the request. */
export function read(exchange: Exchange, encoding: BatchEncoding = "identity"): Received {
  if (exchange.kind === "failure") {
    const { kind: cause, text, beforeSending } = exchange.failure;
    return { kind: "retry", reason: text, cause, ...(!beforeSending && { unanswered: true }) };
  }
  const verdict = judge(exchange);
  const { status } = exchange;
  const reason = describeAnswer(exchange);
  switch (verdict.kind) {
    case "done":
      return { kind: "received", answer: exchange };
    case "give_up":
      return { kind: "give_up", status, reason };
    case "token":
      return { kind: "retry", status, reason, tokenRefused: true };
    case "retry":
      return retry(exchange, verdict, encoding);
  }
}

function retry(
  answer: Answer,
  { afterMs, misdirected }: { afterMs?: number; misdirected?: true },
  encoding: BatchEncoding,
): RetryOutcome {
  const hint = misdirected ? hintTo(answer.status, encoding) : "";
  return {
    kind: "retry",
    status: answer.status,
    reason: describeAnswer(answer) + hint,
    ...(afterMs !== undefined && { afterMs }),
    ...(mayHaveWorked(answer) && { unanswered: true }),
  };
}

function hintTo(status: number, encoding: BatchEncoding): string {
  return encoding !== "identity" && ENCODING_STATUSES.has(status)
    ? ` (does the server take ${encoding}? events.compression: none sends without)`
    : " (is this the right server and path, and no proxy?)";
}

/** A success that does not read like one of this protocol, or does not count for another reason. */
export function notOfTheProtocol(
  answer: Answer,
  why = "not an answer of this protocol",
): RetryOutcome {
  const reason = tooMuchIn(answer) ?? `${describeAnswer(answer)} (${why})`;
  return { kind: "retry", status: answer.status, reason, unanswered: true };
}

/** A success that counts for some of the events only. */
export function takenInPart(answer: Answer, why: string): GiveUpOutcome {
  const { status } = answer;
  return { kind: "give_up", status, reason: `${describeAnswer(answer)} (${why})`, partly: true };
}

function tooMuchIn({ truncated, bytes, url }: Answer): string | undefined {
  if (truncated) return `answer of ${url} is longer than ${MAX_BYTES} bytes`;
  const excess = excessIn(bytes);
  return excess && `answer of ${url} is not read: ${excess}`;
}

/** Nothing when the answer brings no commands, in any of the forms in which servers say so. */
export function readCommands(answer: Answer): Commands | RetryOutcome | { problem?: string } {
  if (bodyForm(answer) === "empty") return {};
  const body = jsonOf(answer);
  if (!isObject(body) || Array.isArray(body)) return notOfTheProtocol(answer);
  const { commands } = body;
  if (Array.isArray(commands)) return commands.length > 0 ? { kind: "commands", commands } : {};
  // An empty list is an object in some languages.
  const isNone = commands === undefined || commands === null ||
    (isObject(commands) && Object.keys(commands).length === 0);
  return isNone ? {} : { problem: `${describeAnswer(answer)} ("commands" is no list)` };
}
