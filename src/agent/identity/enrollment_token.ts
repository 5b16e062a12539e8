import { AgentError, messageOf } from "../../shared/errors.ts";
import { readNamedFile } from "../../shared/files/named_file.ts";

/** Where a token is read from. */
interface TokenSource {
  /** Where the file was named, such as `--token-file`. */
  from: string;
  /** Gives up a pipe that nobody writes to. */
  signal: AbortSignal;
}

/**
 * Reads an enrolment token from the first line of a file.
 *
 * @throws {AgentError} `usage` when the file cannot be read or holds no token. What is in it is never part of the message
 */
export async function readEnrollmentToken(
  file: string,
  { from, signal }: TokenSource,
): Promise<string> {
  const [token = ""] = (await read(file, { from, signal })).trim().split(/\r?\n/, 1);
  if (mayBeToken(token)) return token;
  throw unusable(file, { from, why: "its first line is no token" });
}

/** Whether a text can be sent as a token. */
export function mayBeToken(text: string): boolean {
  return /^[\x21-\x7e]{1,4096}$/.test(text);
}

async function read(file: string, { from, signal }: TokenSource): Promise<string> {
  try {
    return await readNamedFile(file, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw unusable(file, { from, why: messageOf(error) });
  }
}

function unusable(file: string, { from, why }: { from: string; why: string }): AgentError {
  return new AgentError("usage", `Cannot read token file "${file}": ${why}`, {
    hint:
      `check the path given as ${from}, and that this user can read it; the token stands on its first line`,
  });
}
