/**
 * Replacing a file of somebody else's.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { syncFolder } from "../identity/atomic_write.ts";

/**
 * Replaces the content of a file as a whole: after a crash there is the old text or the new one, never a part. Mode and owner stay; a
 * symbolic link stays, and what it leads to is replaced. A file that is not there is made, with its folders (mode 0644).
 *
 * @throws {Deno.errors} what the file system says; the old file is then untouched
 */
export function replaceFile(path: string, text: string): void {
  const old = statOf(path);
  const target = old === undefined ? path : Deno.realPathSync(path);
  const folder = dirname(target);
  if (old === undefined) Deno.mkdirSync(folder, { recursive: true });
  const temporary = join(folder, `.${basename(target)}.${crypto.randomUUID()}`);
  try {
    write(temporary, text, old);
    Deno.renameSync(temporary, target);
  } catch (error) {
    remove(temporary);
    throw error;
  }
  syncFolder(folder);
}

function write(path: string, text: string, old: Deno.FileInfo | undefined): void {
  using file = Deno.openSync(path, { write: true, createNew: true, mode: 0o600 });
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) {
    written += file.writeSync(bytes.subarray(written));
  }
  if (Deno.build.os !== "windows") {
    keepOwner(path, old);
    Deno.chmodSync(path, (old?.mode ?? 0o644) & 0o7777);
  }
  file.syncSync();
}

/** Only root may give a file away, so nothing is asked for that is so already. */
function keepOwner(path: string, old: Deno.FileInfo | undefined): void {
  const now = Deno.statSync(path);
  if (old === undefined || (old.uid === now.uid && old.gid === now.gid)) return;
  Deno.chownSync(path, old.uid, old.gid);
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
