/**
 * The path of a socket that is a file.
 *
 * @module
 */

import { AgentError, messageOf } from "../../../shared/errors.ts";

/**
 * Makes sure that a socket can be made at `path`: one that a killed agent left behind is removed. Whatever else is there stays.
 *
 * @throws {AgentError} `failed` when something else is there, or somebody answers
 */
export async function freeSocketPath(path: string): Promise<void> {
  if (!mayBeSocket(path)) return;
  if (await isAnswered(path)) throw refused(path, "another program receives there");
  Deno.removeSync(path);
}

/**
 * Whether a socket is at `path` already; false when nothing is there.
 *
 * @throws {AgentError} `failed` when something else is there, or there is no such folder
 */
export function mayBeSocket(path: string): boolean {
  const folder = path.replace(/\/[^/]+$/, "") || "/";
  try {
    if (Deno.lstatSync(path).isSocket) return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw refused(path, messageOf(error));
    if (isFolder(folder)) return false;
    throw refused(path, `there is no folder "${folder}"`);
  }
  throw refused(path, "something else is there");
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** Removes a socket; nothing is wrong when it is gone. */
export function removeSocket(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Somebody else was faster, or its folder is gone.
  }
}

/** A datagram socket refuses a connection of the other kind, but not as one that nobody listens at. */
async function isAnswered(path: string): Promise<boolean> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.ConnectionRefused);
  }
}

function refused(path: string, reason: string): AgentError {
  return new AgentError("failed", `cannot use "${path}": ${reason}`, {
    hint: "name a path of its own, in a folder that the agent can write to",
  });
}
