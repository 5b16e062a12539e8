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
 * @throws ConflictingRequest saying what is missing, StoreUnavailable when a file is on its way to this manager
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
    const file = await releases.kept.find(name);
    if (file === undefined) throw new ConflictingRequest(`File "${name}" is not there`);
    if (await releases.files.sha256(file) === sha256) continue;
    throw new ConflictingRequest(`File "${name}" is not the one that the manifest names`);
  }
  return found;
}

/**
 * Why a release cannot be given to one wave more; `undefined` when it can.
 *
 * @throws StoreUnavailable when that cannot be told now
 */
export async function releaseProblem(
  releases: Releases | undefined,
  manifest: string,
  nowMs: number,
): Promise<string | undefined> {
  const parsed = parseManifest(manifest);
  if (!parsed.ok || parsed.manifest.signed.type !== "agent-release") return "its manifest is none";
  const { expires, targets } = parsed.manifest.signed;
  if (Date.parse(expires) <= nowMs) return `the release expired at ${expires}`;
  for (const { name, size } of Object.values(targets)) {
    const file = await releases?.kept.find(name);
    if (file?.info.size !== size) return `file "${name}" is no longer there`;
  }
  return undefined;
}
