import { UpgradeRefusal } from "./refusal.ts";
import {
  noteAttempt,
  type PreparationContext,
  type ReadyVersion,
  requireInstalled,
  requireStart,
} from "./prepare_release.ts";
import type { UpgraderDeps } from "./upgrader_deps.ts";

/**
 * Gets a version ready that is here still: the one that is named, or the one before.
 *
 * @throws {UpgradeRefusal}
 * @throws the signal's reason
 */
export async function prepareReturn(
  deps: UpgraderDeps,
  wanted: string | undefined,
  { steps, signal }: PreparationContext,
): Promise<ReadyVersion> {
  const installation = await requireInstalled(deps);
  const { version: from, record } = deps;
  const others = installation.versions().filter((version) => version !== from);
  const { previous } = record.look();
  const before = previous !== null && others.includes(previous) ? previous : others[0];
  const version = wanted ?? before;
  if (version === undefined || !others.includes(version)) {
    const said = wanted === undefined
      ? "there is no other version here"
      : `version ${wanted} is not here`;
    const hint = others.length === 0 ? "agent upgrade --file brings one" : others.join(", ");
    throw new UpgradeRefusal("nothing_to_go_back_to", said, { hint });
  }
  steps.to = version;
  noteAttempt(deps, { to: version, release: null, wish: {} });
  await requireStart(deps, version, { installation, steps, signal });
  return { version, release: null };
}
