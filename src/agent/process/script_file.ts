/**
 * The scripts that the server may run: executables in `active-response/bin` of the data folder.
 *
 * Whoever can write one can act as the agent, so nobody but the agent's user and root may be able
 * to: neither the file nor a folder between it and the root. What runs is a copy of what was opened
 * and looked at, in a folder that only the agent's user can enter: a file that takes the script's
 * place after the look does not run.
 *
 * @module
 */

import { join } from "node:path";
import { readFileSync } from "node:fs";
import { AgentError, messageOf } from "../../shared/errors.ts";
import { openRegularFile, type RegularFile } from "../../shared/files/regular_file.ts";
import { requireTrusted } from "../platform/trusted_path.ts";

/** Who owns a file or folder, and who may use it. */
type Access = Pick<Deno.FileInfo, "uid" | "mode">;

const FOLDERS = ["active-response", "bin"];

/** The folder of the scripts. */
function scriptFolder(dataFolder: string): string {
  return join(dataFolder, ...FOLDERS);
}

/** A script that can be run, until it is disposed. */
interface RunnableScript extends AsyncDisposable {
  /** Of the copy. */
  readonly path: string;
}

/**
 * A copy of the script `name`, after a look at who can change it.
 *
 * @throws {AgentError} `failed` when there is none or it must not be run; `folder_unusable` when
 *   others can write to a folder above the scripts' own
 */
export function takeScript(dataFolder: string, name: string): RunnableScript {
  // Who can rename a folder above can put other scripts in its place.
  requireTrusted("data folder", dataFolder);
  checkFolders(dataFolder);
  const path = join(scriptFolder(dataFolder), name);
  // Opened once and looked at through the descriptor: what is checked is what is copied.
  using file = openScript(path);
  checkOwner(path, file.info);
  if ((file.info.mode & 0o111) === 0) throw refused(path, "it is not executable");
  return copyOfScript(readFileSync(file.descriptor), { dataFolder, name });
}

/** Whether there is something of that name, whatever it is. */
export function hasScript(dataFolder: string, name: string): boolean {
  try {
    Deno.lstatSync(join(scriptFolder(dataFolder), name));
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Removes the copies that a crash left behind; call it while no script runs. */
export function removeCopies(dataFolder: string): void {
  removeFolder(copiesIn(dataFolder));
}

function checkFolders(dataFolder: string): void {
  let folder = dataFolder;
  for (const part of FOLDERS) {
    folder = join(folder, part);
    const entry = look(folder);
    // A link is none either: it would lead where nobody has looked.
    if (!entry.isDirectory) throw refused(folder, "it is not a folder");
    checkOwner(folder, entry);
  }
}

function openScript(path: string): RegularFile {
  try {
    return openRegularFile(path, { followLink: false });
  } catch (error) {
    throw refused(
      path,
      error instanceof Deno.errors.NotFound ? "there is no such file" : messageOf(error),
    );
  }
}

/** A copy of what was looked at, under the same name: scripts are known to ask for it. */
export function copyOfScript(
  content: Uint8Array,
  { dataFolder, name }: { dataFolder: string; name: string },
): RunnableScript {
  const folder = join(copiesIn(dataFolder), crypto.randomUUID());
  const path = join(folder, name);
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    // A copy of what was looked at: the name may lead to another file by the time that it is started.
    Deno.writeFileSync(path, content, { createNew: true, mode: 0o700 });
  } catch (error) {
    removeFolder(folder);
    throw error;
  }
  // Not at once, on this thread: many scripts may run one after the other.
  return { path, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

function copiesIn(dataFolder: string): string {
  return join(dataFolder, "running-scripts");
}

function removeFolder(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function checkOwner(path: string, { uid, mode }: Access): void {
  if (uid !== 0 && uid !== Deno.uid()) {
    throw refused(path, "it belongs neither to the agent's user nor to root");
  }
  if (((mode ?? 0o777) & 0o022) !== 0) throw refused(path, "others can write it");
}

function look(path: string): Deno.FileInfo {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw refused(path, "there is no such file");
    throw error;
  }
}

function refused(path: string, why: string): AgentError {
  return new AgentError("failed", `Cannot run "${path}": ${why}`);
}
