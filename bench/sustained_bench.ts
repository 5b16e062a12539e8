/**
 * What the queue and the dispatcher sustain with no file and no real manager: events of 350 bytes
 * (always the same thousand) are appended in groups of 1,000, one group after the other as a
 * collector does, and dispatched at the same time, over HTTP, to a process that only answers 204.
 *
 * Timed: from the first append until the last event is acknowledged and deleted. Not timed:
 * encoding the events. Checked: the queue's account, and the bytes that the sink received.
 *
 * Beside it the same with SQLite and `fetch` alone (`raw_path.ts`): the limit of this machine in
 * this run.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { TempFolder } from "../tests/support/queues.ts";
import { configOf } from "./support/agent_config.ts";
import { BenchQueue } from "./support/bench_queue.ts";
import { startDispatcher } from "./support/delivery_chain.ts";
import { eventsOfSize } from "./support/events.ts";
import { measure } from "./support/measure.ts";
import { amount } from "./support/quick.ts";
import { RawPath } from "./support/raw_path.ts";
import { SinkLink } from "./support/sink_link.ts";

const GROUP = 1_000;
const GROUPS = amount({ full: 400, quick: 10 });
const EVENTS = GROUPS * GROUP;

const events = eventsOfSize(GROUP);
const sink = await SinkLink.open();

for (const durability of ["full", "normal"] as const) {
  const row = { table: "throughput", series: durability, events: EVENTS, iterations: 7 };

  measure(
    { ...row, x: "memory to sink, HTTP" },
    async (stopwatch) => {
      const config = configOf({ queue: { durability }, events: { batch_interval: "50ms" } });
      using pending = new BenchQueue(config);
      const before = await sink.receivedBytes();
      const settled = pending.settled(EVENTS);
      const dispatcher = startDispatcher(config, pending.queue, sink);

      stopwatch.start();
      for (let group = 0; group < GROUPS; group++) {
        await pending.queue.append({ stream: "stateless", events });
      }
      await settled;
      stopwatch.end();

      await dispatcher.stop();
      pending.assertDelivered(EVENTS);
      await sink.assertReceived(pending.queue.account("stateless"), before);
    },
  );

  measure(
    { ...row, x: "the same without the agent" },
    async (stopwatch) => {
      using folder = new TempFolder();
      using path = new RawPath(folder.file("raw.db"), { durability, url: sink.url });
      const before = await sink.receivedBytes();

      stopwatch.start();
      await path.move(events, GROUPS);
      stopwatch.end();

      path.assertEmpty();
      const bytes = Buffer.byteLength(events.join("")) * GROUPS;
      assert.equal(await sink.receivedBytes() - before, bytes);
    },
  );
}
