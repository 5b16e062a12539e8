/**
 * Where a password comes from: a file, standard input, the command line, the environment, or a
 * question at the terminal.
 *
 * @module
 */

import { readNamedFile } from "../../../shared/files/named_file.ts";
import { visible } from "../../../shared/text.ts";
import { AgentError, messageOf } from "../../../shared/errors.ts";
import type { CliIo } from "../cli_io.ts";

/** The options of a command that takes a password. */
interface PasswordOptions {
  passwordFile?: string | undefined;
  passwordStdin?: boolean | undefined;
  password?: string | undefined;
}

const WAYS = "give --password-file FILE, --password-stdin or AGENT_PASSWORD";

/**
 * Chooses where the password of `user` comes from; the function it gives reads it.
 *
 * @throws {AgentError} `usage` when several options are given, or none where nobody can be asked;
 *   the function also when the
 *   password can't be read or is empty
 */
export function passwordSource(
  io: CliIo,
  options: PasswordOptions,
  user: string,
): () => Promise<string> {
  const read = chooseSource(io, options, user);
  return async () => {
    const password = await read();
    if (password !== "") return password;
    throw new AgentError("usage", `No password for "${user}": it is empty`, { hint: WAYS });
  };
}

function chooseSource(
  io: CliIo,
  { passwordFile, passwordStdin, password }: PasswordOptions,
  user: string,
): () => string | Promise<string> {
  const sources = [passwordFile !== undefined, passwordStdin === true, password !== undefined];
  if (sources.filter(Boolean).length > 1) {
    throw new AgentError("usage", "Cannot take the password from more than one place", {
      hint: "give one of --password-file, --password-stdin and --password",
    });
  }
  if (passwordFile !== undefined) return () => readPasswordFile(passwordFile, io.signal);
  if (passwordStdin) return async () => firstLine(await io.readStdin());
  if (password !== undefined) return () => password;
  const fromEnvironment = io.env.AGENT_PASSWORD;
  if (fromEnvironment) return () => fromEnvironment;
  if (io.isTerminal.stdin) return () => ask(io, user);
  throw new AgentError("usage", `No password for "${user}"`, { hint: WAYS });
}

async function readPasswordFile(path: string, signal: AbortSignal): Promise<string> {
  try {
    return firstLine(await readNamedFile(path, signal));
  } catch (error) {
    signal.throwIfAborted();
    throw new AgentError("usage", `Cannot read password file "${path}": ${messageOf(error)}`, {
      cause: error,
      hint: "check the path given as --password-file, and that this user can read it",
    });
  }
}

async function ask(io: CliIo, user: string): Promise<string> {
  const password = await io.promptHidden(`Password of ${visible(user)}: `);
  if (password !== null) return password;
  throw new AgentError("usage", `No password for "${user}": the question was not answered`, {
    hint: WAYS,
  });
}

/** Editors and `echo` end a file with a newline that is no part of the password. */
function firstLine(text: string): string {
  return text.replace(/\r?\n[^]*$/, "");
}
