/**
 * Why a module does not do now what somebody asks of it.
 *
 * @module
 */

import { AgentError } from "../../shared/errors.ts";
import type { Asker } from "./asker.ts";
import type { RunStatus } from "./run_status.ts";

/**
 * Refuses to pause or resume what is not to work anyway.
 *
 * @throws {AgentError} `failed` with the next step
 */
export function requireWanted({ name, enabled, state, reason }: RunStatus): void {
  if (!enabled) throw notNow(name, "is disabled", `agent modules enable ${name}`);
  if (state === "unavailable") throw notNow(name, `is ${state}: ${reason}`, "agent modules");
}

/**
 * Refuses to let the server end the rest that a person gave a module.
 *
 * @throws {AgentError} `failed` with the next step
 */
export function requireMayResume(name: string, pausedBy: Asker, by: Asker): void {
  if (pausedBy === "server" || by === "person") return;
  throw notNow(name, "is paused by a person here", `on the machine: agent modules resume ${name}`);
}

/** Why a module that does not run cannot scan now, with the next step. */
export function notRunning({ name, state, reason }: RunStatus): AgentError {
  if (state === "disabled") return notNow(name, "is disabled", `agent modules enable ${name}`);
  if (state === "paused") return notNow(name, "is paused", `agent modules resume ${name}`);
  return notNow(name, `is ${state}${reason === null ? "" : `: ${reason}`}`, "agent modules");
}

function notNow(name: string, why: string, hint: string): AgentError {
  return new AgentError("failed", `Module "${name}" ${why}`, { hint });
}
