/**
 * The whole way: from a log file over the queue on disk and TLS to a manager in another process
 * that checks each event and stores it on disk. Collector, queue and dispatcher are those of the
 * agent, put together in the process of the benchmark.
 *
 * Lines of 350 bytes are followed from the beginning of a file that is there already. Timed: from
 * the start of collector and dispatcher until the manager's answer to the last event is recorded.
 * Not timed: writing the file, registration, log-in, opening connections. Checked: the queue's
 * account and the manager's count.
 *
 * @module
 */

import { TempFolder } from "../tests/support/queues.ts";
import { configOf } from "./support/agent_config.ts";
import { BenchQueue } from "./support/bench_queue.ts";
import { startDispatcher, startLogcollector } from "./support/delivery_chain.ts";
import { logText } from "./support/events.ts";
import { ManagerLink } from "./support/manager_link.ts";
import { measure } from "./support/measure.ts";
import { amount } from "./support/quick.ts";

const LINES = amount({ full: 200_000, quick: 5_000 });
const folder = new TempFolder();
globalThis.addEventListener("unload", () => folder[Symbol.dispose]());
const path = folder.file("app.log");
Deno.writeTextFileSync(path, logText(LINES));
const manager = await ManagerLink.open("tls", { store: "disk" });

for (const durability of ["full", "normal"] as const) {
  measure(
    {
      table: "throughput",
      series: durability,
      x: "file to manager, TLS",
      events: LINES,
      iterations: 5,
    },
    async (stopwatch) => {
      // The last lines fill no batch: the default would add a second of waiting to them.
      const config = configOf({ queue: { durability }, events: { batch_interval: "50ms" } });
      using pending = new BenchQueue(config);
      const before = await manager.received();
      const settled = pending.settled(LINES);

      stopwatch.start();
      const dispatcher = startDispatcher(config, pending.queue, manager);
      const collector = startLogcollector(config, pending.queue, { path, count: LINES });
      await settled;
      stopwatch.end();

      await collector.stop();
      await dispatcher.stop();
      pending.assertDelivered(LINES);
      await manager.assertReceived(LINES, before);
    },
  );
}
