/**
 * Whether the journal can be read here.
 *
 * @module
 */

import type { CheckResult } from "../check.ts";
import { ModuleUnavailable } from "../unavailable.ts";
import { findJournalctl, Journalctl } from "./journalctl.ts";
import type { JournaldSection } from "./options.ts";

/** Asks for the newest entry. */
export async function checkReadable(
  { namespace, directory }: Pick<JournaldSection, "namespace" | "directory">,
  signal: AbortSignal,
): Promise<CheckResult> {
  const source = { program: findJournalctl(), namespace, directory, matches: [] };
  try {
    const newest = await new Journalctl(source).newest("any", signal);
    if (newest === undefined) return EMPTY;
    const writtenAt = new Date(newest.realtimeUs / 1_000).toISOString();
    return {
      status: "ok",
      message: `the journal can be read; its newest entry is of ${writtenAt}`,
    };
  } catch (error) {
    if (!(error instanceof ModuleUnavailable)) throw error;
    return { status: "fail", message: error.message, try: error.hint };
  }
}

const EMPTY: CheckResult = {
  status: "warn",
  message: "the journal has no entries that this user may read",
  try:
    "see whether journalctl -n 1 shows one to root; where systemd-journald does not run, set journald.enabled to false",
};
