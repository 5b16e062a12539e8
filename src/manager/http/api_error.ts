/**
 * How a handler refuses a request, and how the refusal looks on the wire.
 *
 * @module
 */

import type { ErrorBody } from "../../shared/protocol/wire.ts";

/** Error codes that agents tell apart; every other error carries its HTTP status as its code. */
export const TOKEN_INVALID = 2706;
/** The token was good once. */
export const TOKEN_EXPIRED = 2707;

/** What a refusal says beside status and message. */
interface RefusalDetails {
  /** @default the status */
  code?: number;
  /** When to come again, in seconds. */
  retryAfterS?: number;
  /** True when the connection is not to be used again. */
  closes?: boolean;
}

/** A refusal: thrown by a handler, turned into an answer in one place. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly #details: RefusalDetails;

  constructor(status: number, message: string, details: RefusalDetails = {}) {
    super(message);
    this.status = status;
    this.#details = details;
  }

  /** The refusal as it goes to the client. */
  toResponse(): Response {
    const { code, retryAfterS, closes = false } = this.#details;
    const answer = errorResponse(this.status, this.message, code);
    if (retryAfterS !== undefined) answer.headers.set("Retry-After", String(retryAfterS));
    if (closes) answer.headers.set("Connection", "close");
    return answer;
  }
}

/**
 * The connection is to be cut with no answer at all.
 *
 * On a real port the connection is closed, so that the client sees a network error; in-process,
 * `app.fetch()` rejects with this.
 */
export class ConnectionCut extends Error {
  override readonly name = "ConnectionCut";

  constructor() {
    super("Connection cut");
  }
}

/** The answer for a refusal: `{"message","code"}`. */
export function errorResponse(status: number, message: string, code: number = status): Response {
  return Response.json({ message, code } satisfies ErrorBody, { status });
}
