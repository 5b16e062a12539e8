/**
 * What an answer asks of whoever sent the request: status, content type and shape of the body decide together. This is the only
 * place that reads a status.
 *
 * Statuses that the protocol does not name are taken for a fault on the way (another server behind
 * the address, a proxy, a wrong path) and not in the batch: they are tried again, slowly, and said
 * loudly. To give events up because of a misconfigured proxy would lose every one of them while
 * each batch is fine.
 *
 * @module
 */

import { type Answer, bodyForm, codeOf } from "./answer.ts";

/** What to do after an answer. */
type Verdict =
  /** Received, as far as the status tells. */
  | { kind: "done" }
  /** The same again later, not before `afterMs` milliseconds. */
  | { kind: "retry"; afterMs?: number; misdirected?: true }
  /** The token is not accepted (or nobody could say): log in once and repeat. */
  | { kind: "token" }
  /** This request can never succeed as it is. */
  | { kind: "give_up"; cause: "invalid" | "too_large" };

/** Longest wait a server can ask for with `Retry-After`, in milliseconds. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/** Shortest wait after an answer that no server of this protocol gives, in milliseconds. */
export const MISDIRECTED_RETRY_MS = 60_000;

const PASSING = new Set([408, 425, 429]);

/** `code` of an error body that means the token: invalid, expired. */
const TOKEN_CODES: ReadonlySet<number | undefined> = new Set([undefined, 2706, 2707]);

/** Statuses after which a server or a proxy may have passed the request on all the same. */
const DOUBTFUL = new Set([500, 502, 504]);

/**
 * Reads the meaning of an answer from all of it. A web page is the word of somebody else, whatever its status; but what a proxy finds
 * too large (413) is too large.
 */
export function judge(answer: Answer): Verdict {
  const { status, headers } = answer;
  const verdict = classify(status, headers);
  if (verdict.kind === "retry" || status === 413) return verdict;
  if (bodyForm(answer) === "page") return passing(headers);
  // 403 is also said for faults that another token cannot mend.
  if (status === 403 && !TOKEN_CODES.has(codeOf(answer))) return passing(headers);
  return verdict;
}

/** Whether the request may have done its work although the answer does not say so. */
export function mayHaveWorked({ status }: Answer): boolean {
  return status < 300 || DOUBTFUL.has(status);
}

/** Reads what a status and its `Retry-After` mean by themselves. */
export function classify(status: number, headers: Headers): Verdict {
  if (status >= 200 && status < 300) return { kind: "done" };
  if (status === 401 || status === 403) return { kind: "token" };
  if (status === 400 || status === 422) return { kind: "give_up", cause: "invalid" };
  if (status === 413) return { kind: "give_up", cause: "too_large" };
  if (PASSING.has(status) || status >= 500) return passing(headers);
  const slowly = Math.max(retryAfterMs(headers) ?? 0, MISDIRECTED_RETRY_MS);
  return { kind: "retry", afterMs: slowly, misdirected: true };
}

function passing(headers: Headers): Verdict {
  const afterMs = retryAfterMs(headers);
  return { kind: "retry", ...(afterMs !== undefined && { afterMs }) };
}

/**
 * The wait that `Retry-After` asks for in milliseconds, at most {@linkcode MAX_RETRY_AFTER_MS}.
 *
 * A date counts from the answer's own `Date`, never from the local clock, which may be years off.
 * Without a `Date`, and when it is neither a number nor a date, there is no wait to go by.
 */
export function retryAfterMs(headers: Headers): number | undefined {
  const value = headers.get("retry-after")?.trim();
  if (value === undefined || value === "") return undefined;
  const waitMs = /^\d+(\.\d*)?$/.test(value)
    ? Number(value) * 1000
    : httpDate(value) - httpDate(headers.get("date") ?? "");
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(0, waitMs), MAX_RETRY_AFTER_MS);
}

/** `NaN` when it is no date of HTTP: the platform finds one in `-5` too. */
function httpDate(text: string): number {
  return /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text) ? Date.parse(text) : NaN;
}
