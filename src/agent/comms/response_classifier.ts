/**
 * What the status of an answer asks of whoever sent the request. This is the only place that reads
 * a status.
 *
 * Statuses that the protocol does not name are taken for a fault on the way (another server behind
 * the address, a proxy, a wrong path) and not in the batch: they are tried again, slowly, and said
 * loudly. To give events up because of a misconfigured proxy would lose every one of them while
 * each batch is fine.
 *
 * @module
 */

/** What to do after an answer. */
export type Verdict =
  /** Received. */
  | { kind: "done" }
  /** The same again later, not before `afterMs` milliseconds. */
  | { kind: "retry"; afterMs?: number; misdirected?: true }
  /** The token is not accepted (or nobody could say): log in once and repeat. */
  | { kind: "token" }
  /** This request can never succeed as it is. */
  | { kind: "give_up"; cause: "invalid" | "too_large" };

/** Longest wait a server can ask for with `Retry-After`, in milliseconds. */
export const MAX_RETRY_AFTER_MS = 3_600_000;

/** Shortest wait after an answer that no server of this protocol gives, in milliseconds. */
export const MISDIRECTED_RETRY_MS = 60_000;

const PASSING = new Set([408, 425, 429]);

/** Reads the meaning of an answer from its status and its `Retry-After`. */
export function classify(status: number, headers: Headers): Verdict {
  if (status >= 200 && status < 300) return { kind: "done" };
  if (status === 401 || status === 403) return { kind: "token" };
  if (status === 400 || status === 422) return { kind: "give_up", cause: "invalid" };
  if (status === 413) return { kind: "give_up", cause: "too_large" };
  const afterMs = retryAfterMs(headers);
  if (PASSING.has(status) || status >= 500) {
    return { kind: "retry", ...(afterMs !== undefined && { afterMs }) };
  }
  const slowly = Math.max(afterMs ?? 0, MISDIRECTED_RETRY_MS);
  return { kind: "retry", afterMs: slowly, misdirected: true };
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
  const waitMs = /^\d+$/.test(value)
    ? Number(value) * 1000
    : Date.parse(value) - Date.parse(headers.get("date") ?? "");
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(0, waitMs), MAX_RETRY_AFTER_MS);
}
