/**
 * The dispatch of events in memory: the dispatcher and nothing else.
 *
 * @module
 */

import { systemClock } from "../../src/shared/clock.ts";
import { Dispatcher } from "../../src/agent/dispatch/dispatcher.ts";
import { configOf } from "./agent_config.ts";
import type { Stopwatch } from "./measure.ts";
import { type MemoryEvents, MemorySource } from "./memory_source.ts";
import { createBackoff } from "../../src/agent/app/server/server_link.ts";

/**
 * Times the dispatch of `pending` in batches of `batchEvents`, from the start of the dispatcher
 * until the last event is acknowledged. After it: every event was sent once, in order.
 */
export async function deliverFromMemory(
  stopwatch: Stopwatch,
  pending: MemoryEvents,
  batchEvents: number,
): Promise<void> {
  const source = new MemorySource(pending, batchEvents);
  const config = configOf({});
  const { batch_size, batch_interval, max_in_flight } = config.events;
  const policy = {
    batchEvents,
    batchBytes: batch_size,
    batchIntervalMs: batch_interval,
    maxInFlight: max_in_flight,
  };
  const dispatcher = new Dispatcher("stateless", () => policy, {
    source,
    send: source.send,
    retryWaits: createBackoff(config),
    clock: systemClock,
  });
  const stop = new AbortController();

  stopwatch.start();
  const running = dispatcher.run(stop.signal);
  await source.empty;
  stopwatch.end();

  stop.abort();
  await running;
  source.assertReceived();
}
