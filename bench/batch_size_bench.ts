/**
 * Founding table 1: 1,000 events dispatched, by batch size.
 *
 * - `http`, `tls`: from SQLite (durability FULL, deletion included) to the comms API of a manager
 *   in another process, which checks each event and stores it, in memory. Timed: from the start of
 *   the dispatcher on a queue that holds the events until the last is acknowledged and deleted.
 *   Not timed: filling the queue, registration, log-in, opening connections.
 * - `raw`: the same with SQLite and `fetch` alone, to a server that only counts: what the targets are shares of.
 * - `memory`: 200,000 events through the dispatcher alone. Timed: from its start until the last
 *   event is acknowledged. Not timed: encoding the events.
 *
 * @module
 */

import { deliverFromMemory } from "./support/memory_delivery.ts";
import { eventsOfSize } from "./support/events.ts";
import { ManagerLink, WIRES } from "./support/manager_link.ts";
import { measure } from "./support/measure.ts";
import { memoryEvents } from "./support/memory_source.ts";
import { deliverPending } from "./support/pending_delivery.ts";
import { amount } from "./support/quick.ts";
import { deliverRaw } from "./support/raw_delivery.ts";
import { SinkLink } from "./support/sink_link.ts";

const events = eventsOfSize(amount({ full: 1_000, quick: 100 }));

for (const wire of WIRES) {
  const manager = await ManagerLink.open(wire);
  for (const batchEvents of [1, 10, 100, 1_000]) {
    measure(
      { table: "batch_size", series: wire, x: batchEvents, events: events.length, iterations: 15 },
      (stopwatch) => deliverPending(stopwatch, manager, { events, batchEvents }),
    );
  }
}

const sink = await SinkLink.open();
for (const batchEvents of [1, 100]) {
  measure(
    { table: "batch_size", series: "raw", x: batchEvents, events: events.length, iterations: 15 },
    (stopwatch) => deliverRaw(stopwatch, sink, { events, batchEvents }),
  );
}

const inMemory = memoryEvents(amount({ full: 200_000, quick: 20_000 }));

for (const batchEvents of [10, 100, 1_000, 10_000, 100_000, 200_000]) {
  measure(
    {
      table: "memory_batch_size",
      series: "memory",
      x: batchEvents,
      events: inMemory.events,
      iterations: 15,
    },
    (stopwatch) => deliverFromMemory(stopwatch, inMemory, batchEvents),
  );
}
