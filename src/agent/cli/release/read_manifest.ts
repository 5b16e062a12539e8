import { AgentError, messageOf } from "../../../shared/errors.ts";
import { MAX_MANIFEST_BYTES } from "../../../shared/releases/manifest.ts";
import { readRegularFile } from "../../../shared/files/regular_file.ts";

/**
 * The text of the manifest in a file.
 *
 * @throws {AgentError} `failed` when it cannot be read, or is too long to be one
 */
export function readManifestText(path: string): string {
  try {
    if (Deno.statSync(path).size > MAX_MANIFEST_BYTES) throw new Error("it is too long for one");
    return readRegularFile(path);
  } catch (error) {
    throw new AgentError("failed", `Cannot read manifest "${path}": ${messageOf(error)}`, {
      cause: error,
    });
  }
}
