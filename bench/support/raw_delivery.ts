/**
 * The limits that the founding tables are compared with, in the same run: the same work without the agent.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { TempFolder } from "../../tests/support/queues.ts";
import type { Stopwatch } from "./measure.ts";
import type { PendingEvents } from "./pending_delivery.ts";
import { RawPath } from "./raw_path.ts";
import type { SinkLink } from "./sink_link.ts";

/**
 * Times what `deliverPending` does, with SQLite and `fetch` alone and a server that only counts: rows of a batch each are
 * read, sent, and deleted once they were received. Not timed: storing them.
 */
export async function deliverRaw(
  stopwatch: Stopwatch,
  sink: SinkLink,
  { events, batchEvents }: PendingEvents,
): Promise<void> {
  using folder = new TempFolder();
  using path = new RawPath(folder.file("raw.db"), { durability: "full", url: sink.url });
  const ids = Array.from(
    { length: Math.ceil(events.length / batchEvents) },
    (_, batch) => path.store(events.slice(batch * batchEvents, (batch + 1) * batchEvents)),
  );
  const before = await sink.receivedBytes();

  stopwatch.start();
  await path.sendAll(ids);
  stopwatch.end();

  path.assertEmpty();
  assert.equal(await sink.receivedBytes() - before, Buffer.byteLength(events.join("")));
}

/** Times as many turns of the event loop as there are batches: each answer of a server comes in one. */
export async function turnEventLoop(stopwatch: Stopwatch, batches: number): Promise<void> {
  stopwatch.start();
  for (let batch = 0; batch < batches; batch++) await new Promise(setImmediate);
  stopwatch.end();
}
