/**
 * Founding table 2: events dispatched in batches of 100, by their number.
 *
 * - `http`, `tls`: as in `batch_size_bench.ts`. What fills no batch has waited for longer than
 *   `batch_interval` and leaves at once.
 * - `raw`: as in `batch_size_bench.ts`; in memory as many turns of the event loop.
 * - `memory`: through the dispatcher alone, as in `batch_size_bench.ts`.
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
import { deliverRaw, turnEventLoop } from "./support/raw_delivery.ts";
import { SinkLink } from "./support/sink_link.ts";

const BATCH_EVENTS = 100;

for (const wire of WIRES) {
  const manager = await ManagerLink.open(wire);
  for (const count of [1, 10, 100, 1_000]) {
    const events = eventsOfSize(count);
    measure(
      { table: "event_count", series: wire, x: count, events: count, iterations: 15 },
      (stopwatch) => deliverPending(stopwatch, manager, { events, batchEvents: BATCH_EVENTS }),
    );
  }
}

const sink = await SinkLink.open();
const thousand = eventsOfSize(1_000);
measure(
  { table: "event_count", series: "raw", x: 1_000, events: 1_000, iterations: 15 },
  (stopwatch) => deliverRaw(stopwatch, sink, { events: thousand, batchEvents: BATCH_EVENTS }),
);

for (const count of amount({ full: [10_000, 100_000, 1_000_000], quick: [10_000] })) {
  const pending = memoryEvents(count);
  measure(
    { table: "memory_event_count", series: "memory", x: count, events: count, iterations: 15 },
    (stopwatch) => deliverFromMemory(stopwatch, pending, BATCH_EVENTS),
  );
  measure(
    { table: "memory_event_count", series: "raw", x: count, events: count, iterations: 15 },
    (stopwatch) => turnEventLoop(stopwatch, count / BATCH_EVENTS),
  );
}
