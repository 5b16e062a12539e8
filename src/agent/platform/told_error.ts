/**
 * Errors of the file system and of SQLite that nobody has put in words, for a person: what could not be used, and what to do.
 *
 * @module
 */

import { AgentError, messageOf } from "../../shared/errors.ts";
import { isDiskFull, spaceHint } from "./disk_full.ts";

/** Behind what the system says, the runtime names what was to be done and with which file. */
const PLACE = /: \w+ '([^']+)'/;

/** `error` in words that name a place and a next step; as it is when it is an {@linkcode AgentError}, or no fault of disk or rights. */
export function toldError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof AgentError) return error;
  const path = PLACE.exec(error.message)?.[1];
  const what = path === undefined ? "Cannot go on" : `Cannot use "${path}"`;
  const message = `${what}: ${messageOf(error)}`;
  if (isDiskFull(error)) {
    return new AgentError("failed", message, { cause: error, hint: spaceHint(path ?? ".") });
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    const hint = "run this as the user that the agent runs as";
    return new AgentError("folder_unusable", message, { cause: error, hint });
  }
  if ("code" in error && error.code === "ERR_SQLITE_ERROR") {
    return new AgentError("failed", `The agent's database cannot be used: ${messageOf(error)}`, {
      cause: error,
      hint: "agent queue verify says what is wrong with it, agent queue repair keeps what can be " +
        "read of it",
    });
  }
  return error;
}
