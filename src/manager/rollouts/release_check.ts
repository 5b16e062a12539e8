/**
 * Whether a release can be rolled out.
 *
 * @module
 */

import { ConflictingRequest } from "../conflicting_request.ts";
import { byteLength } from "../../shared/text.ts";
import type { AgentRelease } from "../../shared/releases/manifest.ts";
import { parseManifest } from "../../shared/releases/parse_manifest.ts";
import type { Releases } from "../releases/releases.ts";

/** Every order carries the manifest. */
const LONGEST_MANIFEST_BYTES = 61_440;

/** A release and its text. */
interface FoundRelease {
  text: string;
  signed: AgentRelease;
}

/**
 * The release of a version, whose files are all there and are those that were signed.
 *
 * @throws ConflictingRequest saying what is missing
 */
export async function requireRelease(
  releases: Releases | undefined,
  version: string,
  nowMs: number,
): Promise<FoundRelease> {
  const found = releases?.manifests.releaseOf(version, nowMs);
  if (releases === undefined || found === undefined) {
    throw new ConflictingRequest(
      `There is no release of version ${version} that counts now: PUT its files and its manifest`,
    );
  }
  if (byteLength(found.text) > LONGEST_MANIFEST_BYTES) {
    throw new ConflictingRequest(`The manifest of ${version} is too long for an order`);
  }
  for (const { name, sha256 } of Object.values(found.signed.targets)) {
    const file = releases.folder.find(name);
    if (file === undefined) throw new ConflictingRequest(`File "${name}" is not there`);
    if (await releases.files.sha256(file) === sha256) continue;
    throw new ConflictingRequest(`File "${name}" is not the one that the manifest names`);
  }
  return found;
}

/** Why a release cannot be given to one wave more; `undefined` when it can. */
export function releaseProblem(
  releases: Releases | undefined,
  manifest: string,
  nowMs: number,
): string | undefined {
  const parsed = parseManifest(manifest);
  if (!parsed.ok || parsed.manifest.signed.type !== "agent-release") return "its manifest is none";
  const { expires, targets } = parsed.manifest.signed;
  if (Date.parse(expires) <= nowMs) return `the release expired at ${expires}`;
  const missing = Object.values(targets).find(({ name, size }) =>
    releases?.folder.find(name)?.info.size !== size
  );
  return missing && `file "${missing.name}" is no longer there`;
}
