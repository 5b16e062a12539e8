import { dirname } from "node:path";
import { requireOwnFile } from "../../shared/files/private_file.ts";

/**
 * Replaces a file as a whole: after a crash there is the old text or the new one, never a part.
 * Only its owner can read it (mode 0600), from the first byte on.
 *
 * One writer at a time: the text is prepared in `<path>.tmp`.
 *
 * @throws {AgentError} `folder_unusable` when a link or the like stands in its place
 * @throws {Deno.errors} what the file system says; the old file is then untouched
 */
export function writeFileAtomically(path: string, text: string): void {
  const temporary = `${path}.tmp`;
  requireOwnFile(path);
  removeIfThere(temporary);
  try {
    writeThrough(temporary, text);
    Deno.renameSync(temporary, path);
  } catch (error) {
    removeIfThere(temporary);
    throw error;
  }
  syncFolder(dirname(path));
}

/** Writes a new file (mode 0600) that is on the disk, not only in memory, when this returns. */
export function writeThrough(path: string, text: string): void {
  // A file that is left over from a crash could have another owner or mode: never written into.
  using file = Deno.openSync(path, { write: true, createNew: true, mode: 0o600 });
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) {
    written += file.writeSync(bytes.subarray(written));
  }
  file.syncSync();
}

/**
 * Makes new names in a folder survive a power failure. Windows can't open folders, and needs no
 * such thing.
 */
export function syncFolder(path: string): void {
  if (Deno.build.os === "windows") return;
  using folder = Deno.openSync(path, { read: true });
  folder.syncSync();
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
