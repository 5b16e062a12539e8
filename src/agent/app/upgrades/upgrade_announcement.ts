/**
 * The events by which the server learns how upgrades ended, whoever ordered them.
 *
 * @module
 */

import { encodeStateless } from "../../../shared/protocol/event_encoder.ts";
import type { Queue } from "../../queue/queue.ts";
import type { UpgradeOutcome, UpgradeRecord } from "../../upgrade/upgrade_record.ts";

const COLLECTOR = "upgrade";
const CHECKPOINT = "announced";

/**
 * Puts an event for each outcome that none tells of into the queue. The checkpoint in the same transaction names the last of them:
 * after a crash before the record is written nothing is told twice. What a full queue drops by its policy is counted by the queue.
 *
 * @throws the signal's reason, or why the queue or the record could not be written
 */
export async function announceOutcomes(
  record: UpgradeRecord,
  queue: Pick<Queue, "append" | "checkpoints">,
  signal: AbortSignal,
): Promise<void> {
  const unannounced = record.unannounced();
  const stored = queue.checkpoints(COLLECTOR).get(CHECKPOINT);
  const outcomes = unannounced.slice(unannounced.findIndex((one) => nameOf(one) === stored) + 1);
  const last = outcomes.at(-1);
  if (last !== undefined) {
    const checkpoints = [{ collector: COLLECTOR, key: CHECKPOINT, value: nameOf(last) }];
    const events = outcomes.map(upgradeEvent);
    await queue.append({ stream: "stateless", events, checkpoints }, { signal });
  }
  if (unannounced.length > 0) record.announced();
}

function nameOf({ from, to, at }: UpgradeOutcome): string {
  return `${at} ${from} ${to}`;
}

function upgradeEvent({ code, reason, message, from, to, release, at }: UpgradeOutcome): string {
  return encodeStateless({ module: "agent", collector: COLLECTOR }, {
    event: {
      action: code === 0 ? "agent-upgraded" : "agent-upgrade-failed",
      category: ["configuration"],
      outcome: code === 0 ? "success" : "failure",
      original: message,
      created: at,
    },
    upgrade: { from, to, release, reason },
  });
}
