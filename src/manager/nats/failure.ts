/**
 * What went wrong with NATS, in words for the log and a word for programs.
 *
 * @module
 */

import {
  AuthorizationError,
  PermissionViolationError,
  TimeoutError,
  UserAuthenticationExpiredError,
} from "@nats-io/transport-node";

/** Kinds of failure that a reader does something different about. */
export type FailureCode =
  | "credentials_refused"
  | "certificate_untrusted"
  | "permission_denied"
  | "timeout"
  | "unreachable"
  | "failed";

/** A failure. */
interface Failure {
  code: FailureCode;
  /** One line. */
  text: string;
}

const UNTRUSTED =
  /unknown ?issuer|self[- ]signed|unable to (get|verify)|certificate|not valid for/i;
const UNREACHABLE = /refused|reset|unreachable|ENOTFOUND|getaddrinfo|lookup|closed|disconnected/i;

/** Names a failure. */
export function describeFailure(error: unknown): Failure {
  const cause = rootCause(error);
  const message = (cause instanceof Error ? cause.message : String(cause)).replace(/\s+/g, " ");
  const code = codeOf(cause, message);
  return { code, text: textOf(code, message) };
}

/** True when the server does not allow this client to publish a message on its subject. */
export function isPublishDenied(error: unknown): boolean {
  const cause = rootCause(error);
  return cause instanceof PermissionViolationError && cause.operation === "publish";
}

function codeOf(cause: unknown, message: string): FailureCode {
  if (cause instanceof PermissionViolationError) return "permission_denied";
  if (cause instanceof AuthorizationError || cause instanceof UserAuthenticationExpiredError) {
    return "credentials_refused";
  }
  if (cause instanceof TimeoutError) return "timeout";
  if (UNTRUSTED.test(message)) return "certificate_untrusted";
  return UNREACHABLE.test(message) ? "unreachable" : "failed";
}

function textOf(code: FailureCode, message: string): string {
  switch (code) {
    case "credentials_refused":
      return `the credentials were refused (${message})`;
    case "certificate_untrusted":
      return `its certificate is not trusted (${message})`;
    case "permission_denied":
      return `not permitted (${message})`;
    case "timeout":
      return "it did not answer in time";
    case "unreachable":
    case "failed":
      return message;
  }
}

function rootCause(error: unknown): unknown {
  let cause = error;
  while (cause instanceof Error && cause.cause !== undefined) cause = cause.cause;
  return cause;
}
