/**
 * Commands of the agent in this process, without a configuration, an environment or a terminal.
 *
 * @module
 */

import { runProgram } from "../../src/agent/cli/program.ts";
import { ReloadRequests } from "../../src/agent/process/signals.ts";
import type { CommandResult } from "./agent_process.ts";

/** Runs one command to its end. */
export async function runCommand(...args: string[]): Promise<CommandResult> {
  const written = { stdout: "", stderr: "" };
  const code = await runProgram(args, {
    stdout: (text) => void (written.stdout += text),
    stderr: (text) => void (written.stderr += text),
    env: {},
    isTerminal: { stdin: false, stdout: false, stderr: false },
    readStdin: () => Promise.resolve(""),
    flushStderr: () => Promise.resolve(),
    promptHidden: () => Promise.resolve(null),
    signal: new AbortController().signal,
    reloads: new ReloadRequests(),
  });
  return { code, ...written };
}
