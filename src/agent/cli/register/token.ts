/**
 * Where an enrolment token comes from: a file.
 *
 * @module
 */

import { AgentError } from "../../../shared/errors.ts";
import { readEnrollmentToken } from "../../identity/enrollment_token.ts";

/** The options of a command that takes a token. */
interface TokenOptions {
  tokenFile?: string | undefined;
  user?: string | undefined;
  passwordFile?: string | undefined;
  passwordStdin?: boolean | undefined;
  password?: string | undefined;
}

/**
 * The function that reads the token, once nothing else is in the way.
 *
 * @throws {AgentError} `usage` when a user or a password is given too; the function also when the file cannot be read or holds no
 *   token. What is in the file is never part of the message
 */
export function tokenSource(
  { tokenFile = "", ...user }: TokenOptions,
  signal: AbortSignal,
): () => Promise<string> {
  const given = [user.user, user.passwordFile, user.passwordStdin, user.password];
  if (given.some((value) => value !== undefined)) {
    throw new AgentError("usage", "Cannot take --token-file together with a user or a password", {
      hint: "give --token-file FILE alone, or --user NAME",
    });
  }
  return () => readEnrollmentToken(tokenFile, { from: "--token-file", signal });
}
