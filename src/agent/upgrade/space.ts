import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { sizeText } from "../../shared/text.ts";
import type { ReleaseTarget } from "../../shared/releases/manifest.ts";
import type { Installation } from "./installation.ts";
import { UpgradeRefusal } from "./refusal.ts";

/** The file, what the kernel keeps of it while it is replaced, and a little. */
const TIMES_SIZE = 2.2;
/** For everybody else on that disk. */
const LEFT_FREE_BYTES = 256 * 1024 * 1024;

/**
 * Makes sure that the disk of the installation has room for a version.
 *
 * @throws {UpgradeRefusal} `no_space`
 */
export function requireSpace(
  installation: Installation,
  { name, size, sha256 }: ReleaseTarget,
  freeBytes: (path: string) => number = freeOn,
): void {
  const needed = size * TIMES_SIZE + LEFT_FREE_BYTES;
  const free = freeBytes(dirname(installation.partialOf(sha256)));
  if (free >= needed) return;
  const said = `"${name}" needs ${sizeText(needed)} of free disk below "${installation.root}", ` +
    `there are ${sizeText(free)}`;
  throw new UpgradeRefusal("no_space", said, { hint: `df -h "${installation.root}" shows it` });
}

/** A disk that does not tell has room, until a write says otherwise. */
function freeOn(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return Infinity;
  }
}
