/**
 * One agent per data folder.
 *
 * `agent.lock` is locked as a file (flock, LockFileEx) for as long as its holder lives: the system
 * lets go of it also after a crash, and a file left over means nothing. The process id in it is
 * there for people only; a word behind it says that its holder is a command that will be done in a moment, for which an agent that starts
 * waits: that somebody looked or sent something at that moment is no reason not to run.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { AgentError, messageOf } from "../../shared/errors.ts";
import { requireTrusted } from "../platform/trusted_path.ts";
import type { Clock } from "../../shared/clock.ts";
import { openOwnFile, readOwnFile } from "../../shared/files/private_file.ts";

const LOCK_FILE = "agent.lock";
const BRIEFLY = "for a moment";
/** In this time commands are done. */
const COMMANDS_WITHIN_MS = 10_000;
const RETRY_MS = 20;

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
export function lockDataFolder(
  folder: string,
  { briefly = false }: {
    /** It is given back in a moment. @default false */
    briefly?: boolean;
  } = {},
): DataFolderLock {
  requireTrusted("data folder", folder);
  const path = join(folder, LOCK_FILE);
  const file = openLock(path, folder);
  try {
    if (!file.tryLockSync(true)) throw held(path, folder);
    writeHolder(file, briefly ? `${Deno.pid} ${BRIEFLY}\n` : `${Deno.pid}\n`);
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

/** Whether a data folder was ever locked: without the file nobody holds it, and a look need not make one. */
export function wasLocked(folder: string): boolean {
  return existsSync(join(folder, LOCK_FILE));
}

/**
 * The same for an agent: waits up to 10 s for commands that have the lock for a moment.
 *
 * @throws {AgentError} as {@linkcode lockDataFolder}; the signal's reason when that is aborted
 */
export async function lockForAgent(
  folder: string,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<DataFolderLock> {
  const startedMs = clock.monotonic();
  for (;;) {
    try {
      return lockDataFolder(folder);
    } catch (error) {
      const isLate = clock.monotonic() - startedMs >= COMMANDS_WITHIN_MS;
      const isHeld = error instanceof AgentError && error.code === "data_folder_locked";
      if (isLate || !isHeld || !isHeldBriefly(join(folder, LOCK_FILE))) throw error;
    }
    await clock.sleep(RETRY_MS, signal);
  }
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

function holderOf(path: string): string | undefined {
  return /^\d+/.exec(textOf(path))?.[0];
}

/** Also when it has just been given back, or has not been signed yet. */
function isHeldBriefly(path: string): boolean {
  const text = textOf(path);
  return text === "" || text.includes(BRIEFLY);
}

/** On Windows a locked file can't be read; then nobody knows. */
function textOf(path: string): string {
  try {
    return readOwnFile(path);
  } catch {
    return "";
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
