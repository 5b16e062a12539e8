import { dirname } from "node:path";
import { readTrustedKeys, type TrustedKey } from "../../shared/signing/trusted_keys.ts";
import { requireTrusted } from "./trusted_path.ts";

/**
 * The keys at `path`, a file or a folder, see {@linkcode readTrustedKeys}. The folders above count as well: who can write to one of them
 * can put other keys in their place.
 *
 * @throws {AgentError} `folder_unusable` naming a folder that others can write to
 * @throws {AgentError} `failed` when the keys cannot be used
 */
export function readKeyFiles(path: string): TrustedKey[] {
  // What is not there is told by who reads it.
  requireTrusted("folder of keys", isFolder(path) ? path : dirname(path));
  return readTrustedKeys(path);
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
