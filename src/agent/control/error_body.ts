/**
 * Errors as they cross the local API: `{ code, message, hint }`, so that the other side throws what was thrown here.
 *
 * @module
 */

import * as z from "zod";
import { AgentError, type ErrorCode, EXIT_STATUS, messageOf } from "../../shared/errors.ts";
import { RequestError } from "./request_bounds.ts";

/** The body of every answer that is not a success. */
export interface LocalErrorBody {
  code: ErrorCode;
  message: string;
  /** `null` when there is nothing to advise. */
  hint: string | null;
}

const CODES = Object.keys(EXIT_STATUS) as ErrorCode[];

const ERROR_BODY: z.ZodType<LocalErrorBody> = z.object({
  // An agent of a later version may know more codes.
  code: z.enum(CODES).catch("failed"),
  message: z.string(),
  hint: z.string().nullable(),
});

/** The body and the HTTP status for whatever was thrown. */
export function errorAnswer(
  error: unknown,
): { body: LocalErrorBody; status: ErrorStatus } {
  const message = messageOf(error);
  if (!(error instanceof AgentError)) {
    return { body: { code: "failed", message, hint: null }, status: 500 };
  }
  const { code, hint = null } = error;
  const status = error instanceof RequestError ? error.status : statusOf(code);
  return { body: { code, message, hint }, status };
}

type ErrorStatus = 400 | 409 | 422 | 500 | 503 | RequestError["status"];

function statusOf(code: ErrorCode): ErrorStatus {
  switch (code) {
    case "usage":
      return 400;
    case "failed":
      // Such as a dead letter that is not there: another request is right, or this one later.
      return 409;
    case "config_invalid":
      return 422;
    case "not_acknowledged":
      return 503;
    default:
      return 500;
  }
}

/** The error that an answer with this body and HTTP status tells. */
export function errorOfAnswer(body: unknown, status: number): AgentError {
  const { data } = ERROR_BODY.safeParse(body);
  if (data === undefined) {
    return new AgentError("failed", `The running agent answered ${status} and did not say why`, {
      hint: "the agent may be of another version: restart it",
    });
  }
  const { code, message, hint } = data;
  return new AgentError(code, message, hint === null ? {} : { hint });
}
