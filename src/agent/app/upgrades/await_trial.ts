import { systemClock } from "../../../shared/clock.ts";
import type { UpgradeResult } from "../../../shared/protocol/status_document.ts";
import type { AgentConfig } from "../../config/schema.ts";
import { shownOutcome } from "../../upgrade/report.ts";
import { UpgradeRecord } from "../../upgrade/upgrade_record.ts";

const LOOK_INTERVAL_MS = 200;
/** Beyond the trial: the agent makes room first, and stops what did not pass. */
const MARGIN_MS = 60_000;

/** What changes in the record from now on. */
export function watchUpgrades({ agent }: AgentConfig): {
  /** Whether an upgrade has begun, or has begun and ended. */
  begun(): boolean;
  /** The version that it leads to. */
  to(): string | null;
} {
  const record = new UpgradeRecord(agent.path.data);
  const before = record.look().last?.at;
  return {
    begun() {
      const { attempt, last } = record.look();
      return attempt !== null || last?.at !== before;
    },
    to() {
      const { attempt, last } = record.look();
      return (attempt ?? last)?.to ?? null;
    },
  };
}

/**
 * Waits for the end of a trial, which stands in the record: the agents that take part in it come and go.
 *
 * @throws the signal's reason
 */
export async function awaitTrial(
  { agent, upgrade }: AgentConfig,
  signal: AbortSignal,
): Promise<UpgradeResult> {
  const record = new UpgradeRecord(agent.path.data);
  const deadlineMs = systemClock.monotonic() + upgrade.trial + MARGIN_MS;
  for (;;) {
    const { attempt, last } = record.read();
    if (attempt === null && last !== null) return shownOutcome(last);
    if (systemClock.monotonic() > deadlineMs) {
      throw new Error("the trial takes longer than it may: agent status shows who runs");
    }
    await systemClock.sleep(LOOK_INTERVAL_MS, signal);
  }
}
