/**
 * Founding table 3: 1,000 events dispatched in batches of 100, by the size of their payload, which
 * is the text in `event.original`.
 *
 * Timed and checked as in `batch_size_bench.ts`. A batch of the largest has 10 MB, so the manager
 * takes larger requests here than it does by default, and keeps fewer events in memory. The
 * dispatch in memory touches no byte of a payload: it is not repeated here.
 *
 * @module
 */

import { eventsWithPayload } from "./support/events.ts";
import { ManagerLink, WIRES } from "./support/manager_link.ts";
import { measure } from "./support/measure.ts";
import { deliverPending } from "./support/pending_delivery.ts";
import { amount } from "./support/quick.ts";
import { deliverRaw } from "./support/raw_delivery.ts";
import { SinkLink } from "./support/sink_link.ts";

const BATCH_EVENTS = 100;
const EVENTS = amount({ full: 1_000, quick: 200 });
const MANAGER_ARGS = ["--max-body", "20MB", "--keep-events", "1000"];

for (const wire of WIRES) {
  const manager = await ManagerLink.open(wire, { args: MANAGER_ARGS });
  for (const payloadBytes of [1, 10, 100, 1_000, 10_000, 100_000]) {
    measure(
      { table: "payload_size", series: wire, x: payloadBytes, events: EVENTS, iterations: 10 },
      (stopwatch) => {
        const events = eventsWithPayload(EVENTS, payloadBytes);
        return deliverPending(stopwatch, manager, { events, batchEvents: BATCH_EVENTS });
      },
    );
  }
}

const sink = await SinkLink.open();
measure(
  { table: "payload_size", series: "raw", x: 100_000, events: EVENTS, iterations: 10 },
  (stopwatch) => {
    const events = eventsWithPayload(EVENTS, 100_000);
    return deliverRaw(stopwatch, sink, { events, batchEvents: BATCH_EVENTS });
  },
);
