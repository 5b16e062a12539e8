/**
 * What the three founding tables have in common: events that wait in the queue on disk are
 * dispatched to a manager in another process.
 *
 * @module
 */

import { configOf } from "./agent_config.ts";
import { BenchQueue } from "./bench_queue.ts";
import { startDispatcher } from "./delivery_chain.ts";
import type { ManagerLink } from "./manager_link.ts";
import type { Stopwatch } from "./measure.ts";

/** What waits, and in which portions it leaves. */
export interface PendingEvents {
  /** Encoded events. */
  events: readonly string[];
  batchEvents: number;
}

/** So large that only the number of events decides what goes into a batch. */
const BATCH_SIZE = "64MB";

/**
 * Times the dispatch of `events`: from the start of the dispatcher until the last event has been
 * acknowledged by the manager and deleted from the queue.
 *
 * Before that: a new queue with durability FULL is filled, in one transaction and in chunks of a
 * batch's size as the agent stores them. After it: the manager has counted every event, and none
 * twice, and the queue's account is settled.
 */
export async function deliverPending(
  stopwatch: Stopwatch,
  manager: ManagerLink,
  { events, batchEvents }: PendingEvents,
): Promise<void> {
  const config = configOf({ events: { batch_events: batchEvents, batch_size: BATCH_SIZE } });
  using pending = new BenchQueue(config, { aged: true });
  await pending.queue.append({ stream: "stateless", events });
  const before = await manager.received();
  const settled = pending.settled(events.length);

  stopwatch.start();
  const dispatcher = startDispatcher(config, pending.queue, manager);
  await settled;
  stopwatch.end();

  await dispatcher.stop();
  pending.assertDelivered(events.length);
  await manager.assertReceived(events.length, before);
}
