/**
 * What is told of upgrades: in the status document, whether an agent runs or not, and to who ordered one.
 *
 * @module
 */

import type { UpgradeResult, UpgradeStatus } from "../../shared/protocol/status_document.ts";
import type { Installation } from "./installation.ts";
import type { UpgradeOutcome, UpgradeRecord } from "./upgrade_record.ts";

/** An outcome as it is shown. */
export function shownOutcome(outcome: UpgradeOutcome): UpgradeResult {
  const { code, reason, message, from, to, release, at } = outcome;
  return { code, reason, message, from, to, release, at };
}

/** What is on disk of an agent of `version` that does nothing about it. */
export function upgradeReport(
  { version, installation, record }: {
    version: string;
    installation: Installation | undefined;
    record: UpgradeRecord;
  },
): UpgradeStatus {
  const { last } = record.look();
  return {
    state: installation === undefined ? "not_installed" : "idle",
    version,
    current: installation?.current ?? null,
    versions: installation?.versions() ?? [],
    to: null,
    percent: null,
    available: null,
    last_result: last === null ? null : shownOutcome(last),
  };
}
