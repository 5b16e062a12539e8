/**
 * One agent per data folder.
 *
 * `agent.lock` is locked as a file (flock, LockFileEx) for as long as its holder lives: the system
 * lets go of it also after a crash, and a file left over means nothing. The process id in it is
 * there for people only.
 *
 * @module
 */

import { join } from "node:path";
import { AgentError, messageOf } from "../../shared/errors.ts";
import { requireTrusted } from "../platform/trusted_path.ts";
import { openOwnFile, readOwnFile } from "../../shared/files/private_file.ts";

/** The right to use a data folder; given back when disposed. */
interface DataFolderLock extends Disposable {
  /** The file that is locked. */
  readonly path: string;
}

/**
 * Takes the lock of an existing folder, or throws at once.
 *
 * @throws {AgentError} `data_folder_locked` when another process has it, `folder_unusable` when the
 *   file can't be locked, or others than this user and root can write to the folder
 */
export function lockDataFolder(folder: string): DataFolderLock {
  requireTrusted("data folder", folder);
  const path = join(folder, "agent.lock");
  const file = openLock(path, folder);
  try {
    if (!file.tryLockSync(true)) throw held(path, folder);
    writeHolder(file, `${Deno.pid}\n`);
  } catch (error) {
    file.close();
    throw error instanceof AgentError ? error : unusable(folder, error);
  }
  return {
    path,
    [Symbol.dispose]() {
      // While it is still locked: whoever takes it next must not be told of this process.
      writeHolder(file, "");
      file.close();
    },
  };
}

function openLock(path: string, folder: string): Deno.FsFile {
  try {
    return openOwnFile(path);
  } catch (error) {
    throw error instanceof AgentError ? error : unusable(folder, error);
  }
}

/** On a full disk the lock holds without a name in it: that is there for people only. */
function writeHolder(file: Deno.FsFile, text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    // Over the text that is there, so that no room has to be found for it first.
    file.seekSync(0, Deno.SeekMode.Start);
    if (bytes.length > 0) file.writeSync(bytes);
    file.truncateSync(bytes.length);
  } catch {
    file.truncateSync(0);
  }
}

function held(path: string, folder: string): AgentError {
  const pid = holderOf(path);
  const holder = pid === undefined ? "another process" : `process ${pid}`;
  return new AgentError("data_folder_locked", `Data folder "${folder}" is in use by ${holder}`, {
    hint: "stop the agent that is running, or give this one another agent.path.data",
  });
}

/** On Windows a locked file can't be read; then nobody knows. */
function holderOf(path: string): string | undefined {
  try {
    return /^\d+/.exec(readOwnFile(path))?.[0];
  } catch {
    return undefined;
  }
}

function unusable(folder: string, error: unknown): AgentError {
  return new AgentError(
    "folder_unusable",
    `Cannot lock data folder "${folder}": ${messageOf(error)}`,
    {
      cause: error,
      hint: "the folder must exist, be writable, and be on a file system with locks",
    },
  );
}
