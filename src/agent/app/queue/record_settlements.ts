import type { Clock } from "../../../shared/clock.ts";
import { SettlementHistory } from "../../control/settlement_history.ts";
import type { Queue } from "../../queue/queue.ts";

/** Records every batch of `queue` that is settled from now on: acknowledged, or set aside as dead letters. */
export function recordSettlements(queue: Queue, clock: Clock): SettlementHistory {
  const history = new SettlementHistory();
  queue.onSettled(({ batch, outcome, status, reason, refused }) => {
    const { id, stream, first_event, last_event } = batch;
    history.add({
      id,
      stream,
      first_event,
      last_event,
      outcome,
      status,
      reason: reason ?? refused[0]?.reason ?? null,
      refused_events: refused.length,
      at_ms: clock.now(),
    });
  });
  return history;
}
