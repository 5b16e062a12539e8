/**
 * Where an enrolment token comes from: a file.
 *
 * @module
 */

import { AgentError, messageOf } from "../../../shared/errors.ts";

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
export function tokenSource({ tokenFile = "", ...user }: TokenOptions): () => Promise<string> {
  const given = [user.user, user.passwordFile, user.passwordStdin, user.password];
  if (given.some((value) => value !== undefined)) {
    throw new AgentError("usage", "Cannot take --token-file together with a user or a password", {
      hint: "give --token-file FILE alone, or --user NAME",
    });
  }
  return async () => {
    const [token = ""] = (await read(tokenFile)).trim().split(/\r?\n/, 1);
    if (/^[\x21-\x7e]{1,4096}$/.test(token)) return token;
    throw unusable(tokenFile, "its first line is no token");
  };
}

async function read(file: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    throw unusable(file, messageOf(error));
  }
}

function unusable(file: string, why: string): AgentError {
  return new AgentError("usage", `Cannot read token file "${file}": ${why}`, {
    hint: "check the path given as --token-file; the token stands on its first line",
  });
}
