import { join } from "node:path";
import { AgentError, messageOf } from "../../shared/errors.ts";

/** All that is kept of who the agent is: the identity last, so that what fails before it can be done again. */
const NAMES = ["group-trial.json", "identity.pending.json", "shared", "identity.json"];

/**
 * Removes what a data folder holds of the agent's identity. Queue, checkpoints and the results of commands stay. The caller holds the lock of
 * the folder.
 *
 * @throws {AgentError} `folder_unusable`
 */
export function forgetIdentity(folder: string): void {
  for (const name of NAMES) remove(join(folder, name));
}

function remove(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw new AgentError("folder_unusable", `Cannot remove "${path}": ${messageOf(error)}`, {
      cause: error,
      hint: "run this as the user who registered the agent",
    });
  }
}
