import type { Baseline } from "./trial_verdict.ts";
import type { UpgradeOutcome } from "./upgrade_record.ts";
import type { UpgradeStep } from "./upgrade_steps.ts";

/** A version that lies ready, to be tried once the agent has made room. */
export interface TrialPlan {
  /** The version that makes room. */
  from: string;
  version: string;
  /** `null` for a version that was here before. */
  release: number | null;
  /** Whether it is removed when it does not pass. */
  isNew: boolean;
  /** The order that it is for. */
  documentId: string | null;
  baseline: Baseline;
  /** When the upgrade began, by the monotonic clock. */
  startedMs: number;
  /** What was done so far, for the result. */
  steps: readonly UpgradeStep[];
}

/** The outcome of an upgrade that got as far as `plan`, at `nowMs` of the wall clock. */
export function outcomeOf(
  { from, version: to, release, documentId, steps }:
    & Pick<TrialPlan, "from" | "release" | "documentId" | "steps">
    & { version: string | null },
  { code, reason, message, log }: {
    code: 0 | 1;
    reason: string | null;
    message: string;
    /** The last lines of the version that did not pass. */
    log?: readonly string[];
  },
  nowMs: number,
): UpgradeOutcome {
  return {
    from,
    to,
    release,
    code,
    reason,
    message,
    data: JSON.stringify({ reason, from, to, release, steps, ...(log && { log }) }),
    at: new Date(nowMs).toISOString(),
    document_id: documentId,
    announced: false,
  };
}
