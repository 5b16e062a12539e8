/**
 * The scripts that the server may run: executables in `active-response/bin` of the data folder.
 *
 * Whoever can write one can act as the agent, so nobody but the agent's user and root may be able
 * to: neither the file nor a folder between it and the data folder. That also keeps a script from
 * being exchanged between this look at it and its start.
 *
 * @module
 */

import { join } from "node:path";
import { AgentError } from "../../../shared/errors.ts";

/** What of a file or folder matters here. */
type Entry = Pick<Deno.FileInfo, "isFile" | "isDirectory" | "isSymlink" | "uid" | "mode">;

const FOLDERS = ["active-response", "bin"];

/** The folder of the scripts. */
export function scriptFolder(dataFolder: string): string {
  return join(dataFolder, ...FOLDERS);
}

/**
 * The path of the script `name`, after a look at who can change it.
 *
 * @throws {AgentError} `failed` when there is none or it must not be run
 */
export async function findScript(dataFolder: string, name: string): Promise<string> {
  // The data folder may be a symbolic link: whoever set agent.path.data chose it.
  checkOwner(dataFolder, await look(dataFolder, Deno.stat));
  let folder = dataFolder;
  for (const part of FOLDERS) {
    folder = join(folder, part);
    const entry = await look(folder, Deno.lstat);
    if (!entry.isDirectory) throw refused(folder, "it is not a folder");
    checkOwner(folder, entry);
  }
  const path = join(folder, name);
  checkScript(path, await look(path, Deno.lstat));
  return path;
}

function checkScript(path: string, entry: Entry): void {
  if (entry.isSymlink) throw refused(path, "it is a symbolic link");
  if (!entry.isFile) throw refused(path, "it is not a regular file");
  checkOwner(path, entry);
  if (((entry.mode ?? 0) & 0o111) === 0) throw refused(path, "it is not executable");
}

function checkOwner(path: string, { uid, mode }: Entry): void {
  if (uid !== 0 && uid !== Deno.uid()) {
    throw refused(path, "it belongs neither to the agent's user nor to root");
  }
  if (((mode ?? 0o777) & 0o022) !== 0) throw refused(path, "others can write it");
}

async function look(path: string, stat: (path: string) => Promise<Entry>): Promise<Entry> {
  try {
    return await stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw refused(path, "there is no such file");
    throw error;
  }
}

function refused(path: string, why: string): AgentError {
  return new AgentError("failed", `Cannot run "${path}": ${why}`);
}
