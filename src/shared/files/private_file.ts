/**
 * Files in folders of the program's own.
 *
 * A link in place of one would have the program write, as root, into a file of somebody else's choice. So a file counts as the
 * program's own only when it is a regular file, no link, has no second name, and belongs to this user, to root, or to the owner of
 * its folder.
 *
 * @module
 */

import { dirname } from "node:path";
import { AgentError } from "../errors.ts";
import { openRegularFile, readRegularFile } from "./regular_file.ts";

/** What of a file matters here. */
type FileLook = Pick<
  Deno.FileInfo,
  "isSymlink" | "isFile" | "nlink" | "uid" | "dev" | "ino"
>;

/** What a {@linkcode requireOwnFile} allows beyond the usual. */
interface OwnFileOptions {
  /** Most names of the file. @default 1 */
  maxNames?: number;
}

/**
 * Looks at what is at `path`, without opening it; nothing there is fine.
 *
 * @throws {AgentError} `folder_unusable` when it is not a file of the program's own
 */
export function requireOwnFile(path: string, options: OwnFileOptions = {}): void {
  const found = look(path);
  if (found !== undefined) requireOwn(path, found, options);
}

/**
 * Makes the file at `path` (mode 0600) if there is none, and never anything through a link.
 *
 * @throws {AgentError} `folder_unusable` when what is there is not the program's own
 * @throws what the file system says
 */
export function createOwnFile(path: string): void {
  requireOwnFile(path);
  openRegularFile(path, { write: true, create: true, followLink: false })[Symbol.dispose]();
}

/**
 * Opens the file at `path` for reading and writing, and makes it (mode 0600) if there is none.
 *
 * @throws as {@linkcode createOwnFile} does
 */
export function openOwnFile(path: string): Deno.FsFile {
  createOwnFile(path);
  const file = Deno.openSync(path, { read: true, write: true });
  try {
    // A link that was put there since would have been followed.
    const [opened, there] = [file.statSync(), Deno.lstatSync(path)];
    requireOwn(path, there, {});
    if (opened.dev !== there.dev || opened.ino !== there.ino) {
      throw notOwn(path, "changed while it was opened");
    }
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/**
 * The text of the file at `path`.
 *
 * @throws {Deno.errors.NotFound} when there is none
 * @throws as {@linkcode createOwnFile} does
 */
export function readOwnFile(path: string): string {
  requireOwnFile(path);
  return readRegularFile(path, { followLink: false });
}

function requireOwn(path: string, found: FileLook, { maxNames = 1 }: OwnFileOptions): void {
  if (found.isSymlink) throw notOwn(path, "is a symbolic link");
  if (!found.isFile) throw notOwn(path, "is not a regular file");
  if ((found.nlink ?? 1) > maxNames) throw notOwn(path, "has a second name elsewhere");
  const { uid } = found;
  if (Deno.build.os === "windows" || uid === null || uid === 0 || uid === Deno.uid()) return;
  if (uid !== Deno.statSync(dirname(path)).uid) throw notOwn(path, `belongs to user ${uid}`);
}

function look(path: string): FileLook | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function notOwn(path: string, why: string): AgentError {
  return new AgentError("folder_unusable", `Cannot use "${path}": it ${why}`, {
    hint: "find out who put it there, remove it, and start again",
  });
}
