import { getLogger } from "@logtape/logtape";

/** What was wrong with the queue on the disk. */
interface Damage {
  reason: string;
  /** Where the damaged file is now, if it was replaced. */
  set_aside_as: string | undefined;
  lost_events: number;
}

/** Says that the queue was damaged, and what became of it; the loss ledger tells the server. */
export function logDamage({ reason, set_aside_as, lost_events }: Damage): void {
  getLogger(["agent", "queue"]).error(
    "The queue was damaged, and what could be read of it is kept: {reason}",
    { reason, lost_events, ...(set_aside_as !== undefined && { set_aside_as }) },
  );
}
