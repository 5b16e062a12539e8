/**
 * Giving back what is needed at the start only, for good.
 *
 * @module
 */

import process from "node:process";

/** What stays readable of the environment: see `app/idle_memory.ts`. */
const KEPT_VARIABLES = ["DENO_USR2_MEMORY_TRIM"] as const;

/** Gives back the right to start programs and to send them signals. */
export async function dropRun(): Promise<void> {
  await Deno.permissions.revoke({ name: "run" });
}

/** Whether this process may start programs. */
export async function mayRun(): Promise<boolean> {
  return (await Deno.permissions.query({ name: "run" })).state === "granted";
}

/**
 * Gives back the right to read and set the environment. `env` is what it was.
 *
 * Libraries ask for variables of their own long after they were loaded, and would fail: they find an environment that holds
 * nothing.
 */
export async function dropEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const kept = KEPT_VARIABLES.filter((name) => env[name] !== undefined);
  process.env = Object.fromEntries(kept.map((name) => [name, env[name]]));
  await Deno.permissions.revoke({ name: "env" });
}
