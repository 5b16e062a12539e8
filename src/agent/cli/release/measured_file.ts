/**
 * Files as manifests name them.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { AgentError, messageOf } from "../../../shared/errors.ts";
import { executableTarget } from "../../../shared/releases/executable_target.ts";
import { DOWNLOAD_NAME, type ReleaseTarget } from "../../../shared/releases/manifest.ts";

const PIECE_BYTES = 1_048_576;
/** Enough for the header of each kind of executable. */
const HEADER_BYTES = 4_096;

/** Name, size and hash of a file. */
export function measuredFile(path: string): ReleaseTarget {
  const name = basename(path);
  if (!DOWNLOAD_NAME.test(name)) {
    throw new AgentError("failed", `Cannot sign "${path}": agents cannot ask for that name`, {
      hint: "use letters, digits, dots, dashes and underscores, such as agent-1.4.0-linux-x86_64",
    });
  }
  try {
    const { sha256, size } = hashOf(path);
    if (size > 0) return { name, size, sha256 };
    throw new Error("it is empty");
  } catch (error) {
    throw new AgentError("failed", `Cannot sign "${path}": ${messageOf(error)}`, { cause: error });
  }
}

/**
 * The executables of a folder by their platforms, such as `linux-x86_64`. Manifests and hidden files are passed over.
 *
 * @throws {AgentError} `failed` when there are none, two for one platform, or other files
 */
export function executablesIn(folder: string): Record<string, ReleaseTarget> {
  const targets: Record<string, ReleaseTarget> = {};
  for (const name of namesIn(folder)) {
    const path = join(folder, name);
    const platform = platformOf(path);
    if (platform === undefined) throw noExecutable(path);
    const other = targets[platform];
    if (other !== undefined) {
      throw new AgentError("failed", `"${other.name}" and "${name}" are both for ${platform}`, {
        hint: "leave one executable of the agent for each platform in the folder",
      });
    }
    targets[platform] = measuredFile(path);
  }
  if (Object.keys(targets).length > 0) return targets;
  throw new AgentError("failed", `Folder "${folder}" holds no executable`, {
    hint: "put the agent's executables there, one for each platform",
  });
}

function namesIn(folder: string): string[] {
  try {
    return Array.from(Deno.readDirSync(folder), ({ name }) => name)
      .filter((name) => !name.startsWith(".") && !name.endsWith(".json")).sort();
  } catch (error) {
    throw new AgentError("failed", `Cannot read "${folder}": ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function noExecutable(path: string): AgentError {
  return new AgentError("failed", `"${path}" is no executable of a platform that agents run on`, {
    hint: "leave nothing but the agent's executables in the folder; --script signs a script",
  });
}

function platformOf(path: string): string | undefined {
  if (!Deno.statSync(path).isFile) return undefined;
  using file = Deno.openSync(path);
  const header = new Uint8Array(HEADER_BYTES);
  const target = executableTarget(header.subarray(0, file.readSync(header) ?? 0));
  const [, arch, os] = /^([^-]+)-[^-]+-(linux|darwin|windows)/.exec(target ?? "") ?? [];
  return arch === undefined ? undefined : `${os}-${arch}`;
}

function hashOf(path: string): { sha256: string; size: number } {
  using file = Deno.openSync(path);
  if (!file.statSync().isFile) throw new Error("it is not a regular file");
  const hash = createHash("sha256");
  const piece = new Uint8Array(PIECE_BYTES);
  let size = 0;
  for (let bytes = file.readSync(piece); bytes !== null; bytes = file.readSync(piece)) {
    hash.update(piece.subarray(0, bytes));
    size += bytes;
  }
  return { sha256: hash.digest("hex"), size };
}
