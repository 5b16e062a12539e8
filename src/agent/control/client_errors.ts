/**
 * Why a running agent cannot be asked.
 *
 * @module
 */

import { AgentError } from "../../shared/errors.ts";

/** Whether this user may not connect. `fetch` has one error for everything; a plain connection says what is in the way. */
export async function isForbidden(path: string): Promise<boolean> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
    return false;
  } catch (error) {
    return error instanceof Deno.errors.PermissionDenied;
  }
}

/** It was asked and has not answered. */
export function tooSlow(cause: unknown): AgentError {
  return new AgentError("not_acknowledged", "The running agent does not answer in time", {
    cause,
    hint: "try again; if it stays so, restart the agent",
  });
}

/** This user may not ask it. */
export function notAllowed(cause: unknown): AgentError {
  return new AgentError("failed", "Cannot ask the running agent: permission denied", {
    cause,
    hint: "run this as the user that the agent runs as",
  });
}

/** Nobody answers. */
export function notRunning(cause: unknown): AgentError {
  return new AgentError("not_running", "The agent is not running", {
    cause,
    hint: "start it with: agent run",
  });
}
