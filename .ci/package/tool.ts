/**
 * Running the tools that pack.
 *
 * @module
 */

import { AgentError } from "../../src/shared/errors.ts";

/**
 * Runs a tool of the system and gives what it printed.
 *
 * @throws {AgentError} `failed` when it is not installed, or ends with a failure
 */
export async function runTool(
  [program = "", ...args]: readonly string[],
  { cwd = ".", env = {} }: { cwd?: string; env?: Record<string, string> } = {},
): Promise<string> {
  const { success, stdout, stderr } = await start(program, args, { cwd, env });
  const text = new TextDecoder();
  if (success) return text.decode(stdout).trim();
  throw new AgentError("failed", `${program} failed: ${text.decode(stderr).trim()}`);
}

async function start(
  program: string,
  args: string[],
  { cwd, env }: { cwd: string; env: Record<string, string> },
): Promise<Deno.CommandOutput> {
  try {
    return await new Deno.Command(program, { args, cwd, env, stdin: "null" }).output();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new AgentError("failed", `Cannot run ${program}: it is not installed`, {
      cause: error,
      hint: "apt-get install dpkg rpm zip tar, or choose another --format",
    });
  }
}
