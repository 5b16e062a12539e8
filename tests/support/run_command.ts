/**
 * Commands of the agent in this process, without a configuration, an environment or a terminal.
 *
 * @module
 */

import { runProgram } from "../../src/agent/cli/program.ts";
import { ReloadRequests } from "../../src/agent/process/signals.ts";
import type { CommandResult } from "./agent_process.ts";

/** Runs one command to its end. */
export function runCommand(...args: string[]): Promise<CommandResult> {
  return runWithInput([], ...args);
}

/** The same with pieces of standard input. */
export async function runWithInput(
  pieces: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
  ...args: string[]
): Promise<CommandResult> {
  const written = { stdout: "", stderr: "" };
  const code = await runProgram(args, {
    stdout: (text) => void (written.stdout += text),
    stderr: (text) => void (written.stderr += text),
    env: {},
    isTerminal: { stdin: false, stdout: false, stderr: false },
    stdin: () => bytesOf(pieces),
    readStdin: () => Promise.resolve(""),
    flushStderr: () => Promise.resolve(),
    promptHidden: () => Promise.resolve(null),
    signal: new AbortController().signal,
    reloads: new ReloadRequests(),
  });
  return { code, ...written };
}

async function* bytesOf(
  pieces: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    yield typeof piece === "string" ? new TextEncoder().encode(piece) : piece;
  }
}
