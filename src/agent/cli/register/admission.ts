/**
 * By what the server lets an agent register: a user with a password, or an enrolment token.
 *
 * @module
 */

import { AgentError } from "../../../shared/errors.ts";
import { mayBeToken } from "../../identity/enrollment_token.ts";
import type { CommandIo } from "../command_io.ts";
import type { RegisterOptions } from "./describe.ts";
import { passwordSource } from "./password.ts";
import { tokenSource } from "./token.ts";

/** One of the two; each is read once nothing else is in the way. */
export interface Admission {
  /** Empty with a token. */
  user: string;
  password: () => Promise<string>;
  enrollmentToken?: () => Promise<string>;
}

/**
 * What the options and the environment say.
 *
 * @throws {AgentError} `usage`
 */
export function admissionOf(io: CommandIo, options: RegisterOptions): Admission {
  const { user, tokenFile } = options;
  if (tokenFile !== undefined) {
    return { ...NO_USER, enrollmentToken: tokenSource(options, io.signal) };
  }
  if (user !== undefined) {
    return { user: checkUser(user), password: passwordSource(io, options, user) };
  }
  const token = io.env.AGENT_ENROLLMENT_TOKEN;
  if (token) return { ...NO_USER, enrollmentToken: () => Promise.resolve(checkToken(token)) };
  throw new AgentError("usage", "Cannot register without --user or --token-file", {
    hint: "agent register --url https://localhost:55000 --user NAME",
  });
}

/**
 * What has to be handed to a process that may not be able to read it, by the names of environment variables.
 *
 * @throws {AgentError} `usage` when it cannot be read
 */
export async function secretVariables(
  { password, enrollmentToken }: Admission,
): Promise<Record<string, string>> {
  if (enrollmentToken !== undefined) return { AGENT_ENROLLMENT_TOKEN: await enrollmentToken() };
  return { AGENT_PASSWORD: await password() };
}

const NO_USER = { user: "", password: () => Promise.resolve("") };

function checkToken(token: string): string {
  if (mayBeToken(token)) return token;
  throw new AgentError("usage", "Cannot use AGENT_ENROLLMENT_TOKEN: it holds no token", {
    hint: "set it to the token alone, or give --token-file FILE",
  });
}

/**
 * A colon would end the name where the password begins.
 *
 * @throws {AgentError} `usage`
 */
export function checkUser(user: string): string {
  if (/^[^:\p{Cc}]+$/u.test(user)) return user;
  throw new AgentError("usage", "Cannot use --user: it must be a name without a colon", {
    hint: "give the name alone, such as --user wazuh",
  });
}
