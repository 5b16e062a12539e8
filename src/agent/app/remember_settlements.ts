import type { Clock } from "../../shared/clock.ts";
import { Settlements } from "../control/settlements.ts";
import type { Queue } from "../queue/queue.ts";

/** Remembers every batch of `queue` that is settled from now on. */
export function rememberSettlements(queue: Queue, clock: Clock): Settlements {
  const settlements = new Settlements();
  queue.onSettled(({ batch, outcome, status, reason = null, refused }) => {
    const { id, stream, first_event, last_event } = batch;
    settlements.add({
      id,
      stream,
      first_event,
      last_event,
      outcome,
      status,
      reason,
      refused_events: refused.length,
      at_ms: clock.now(),
    });
  });
  return settlements;
}
