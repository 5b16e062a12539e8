/**
 * From a log file to the queue on disk: lines of 350 bytes, followed from the beginning of a file
 * that is there already.
 *
 * Timed: from the start of the collector until the last line's event is committed. Not timed:
 * writing the file, opening the queue. Checked: the queue's account.
 *
 * @module
 */

import assert from "node:assert/strict";
import { TempFolder } from "../tests/support/queues.ts";
import { configOf } from "./support/agent_config.ts";
import { BenchQueue } from "./support/bench_queue.ts";
import { startLogcollector } from "./support/delivery_chain.ts";
import { logText } from "./support/events.ts";
import { measure } from "./support/measure.ts";
import { amount } from "./support/quick.ts";

const LINES = amount({ full: 200_000, quick: 5_000 });
const folder = new TempFolder();
globalThis.addEventListener("unload", () => folder[Symbol.dispose]());
const path = folder.file("app.log");
Deno.writeTextFileSync(path, logText(LINES));

for (const durability of ["full", "normal"] as const) {
  measure(
    { table: "throughput", series: durability, x: "file to queue", events: LINES, iterations: 7 },
    async (stopwatch) => {
      const config = configOf({ queue: { durability } });
      using stored = new BenchQueue(config);

      stopwatch.start();
      const collector = startLogcollector(config, stored.queue, { path, count: LINES });
      await collector.taken;
      stopwatch.end();

      await collector.stop();
      assert.equal(stored.queue.account("stateless").queued.events, LINES);
    },
  );
}
