import type { PurgeOrder, PurgeReport } from "../../../shared/protocol/queue_inspection.ts";
import type { Queue } from "../../queue/queue.ts";

/** Reason in the loss ledger. */
const PURGED = "purged by an operator";

/** Removes old events that no batch has claimed; the ledger says how many. What is in a batch may have arrived already, and stays. */
export function purgeQueue(queue: Queue, { stream, before_ms }: PurgeOrder): Promise<PurgeReport> {
  const detail = `stored before ${new Date(before_ms).toISOString()}`;
  const all = { stream, matches: () => true, beforeMs: before_ms, reason: PURGED, detail };
  return queue.transact(({ withdraw }) => ({ events: withdraw(all) }));
}
