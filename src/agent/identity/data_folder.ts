import { join } from "node:path";
import { AgentError, messageOf } from "../../shared/errors.ts";
import { isDiskFull, spaceHint } from "../platform/disk_full.ts";
import { requireTrusted } from "../platform/trusted_path.ts";

/**
 * Makes the data folder if there is none (mode 0700) and makes sure that files can be written in
 * it, by nobody but this user and root.
 *
 * @throws {AgentError} `folder_unusable`
 */
export function prepareDataFolder(path: string): void {
  requireTrusted("data folder", path);
  try {
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
    const probe = join(path, `.writable-${crypto.randomUUID()}`);
    Deno.writeTextFileSync(probe, "", { createNew: true, mode: 0o600 });
    Deno.removeSync(probe);
  } catch (error) {
    throw new AgentError(
      "folder_unusable",
      `Cannot use data folder "${path}": ${messageOf(error)}`,
      {
        cause: error,
        hint: isDiskFull(error)
          ? spaceHint(path)
          : "make the folder writable for this user, or set agent.path.data",
      },
    );
  }
  // Somebody may have been faster than mkdir.
  requireTrusted("data folder", path);
}
