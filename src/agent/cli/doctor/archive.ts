import { gzipSync } from "node:zlib";
import { packTar } from "modern-tar";
import { AgentError, messageOf } from "../../../shared/errors.ts";

/** A file of an archive. */
export interface ArchiveEntry {
  /** Path within it. */
  name: string;
  text: string;
}

/**
 * Makes sure that an archive can be written to `path`, where nothing may be yet.
 *
 * @throws {AgentError} `failed`
 */
export function requireNewFile(path: string): void {
  try {
    Deno.openSync(path, { write: true, createNew: true, mode: 0o600 }).close();
    Deno.removeSync(path);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/**
 * Writes a new `.tar.gz` that only this user can read (mode 0600).
 *
 * @throws {AgentError} `failed`; then there is none
 */
export async function writeArchive(
  path: string,
  entries: readonly ArchiveEntry[],
  at: Date,
): Promise<void> {
  const tar = await packTar(entries.map(({ name, text }) => {
    const body = new TextEncoder().encode(text);
    return { header: { name, size: body.length, mode: 0o600, mtime: at }, body };
  }));
  let isMade = false;
  try {
    using file = Deno.openSync(path, { write: true, createNew: true, mode: 0o600 });
    isMade = true;
    for (let rest: Uint8Array = gzipSync(tar); rest.length > 0;) {
      rest = rest.subarray(file.writeSync(rest));
    }
    file.syncSync();
  } catch (error) {
    if (isMade) Deno.removeSync(path);
    throw cannotWrite(path, error);
  }
}

function cannotWrite(path: string, error: unknown): AgentError {
  const exists = error instanceof Deno.errors.AlreadyExists;
  const why = exists ? "it is there already" : messageOf(error);
  return new AgentError("failed", `Cannot write "${path}": ${why}`, {
    cause: error,
    hint: exists
      ? "give --bundle the name of a new file"
      : "give --bundle a file in a folder that this user can write to, with room on its disk",
  });
}
