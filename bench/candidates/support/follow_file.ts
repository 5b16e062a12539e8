/**
 * A program that reads a log file into the queue as the agent does, to be run with other flags of
 * the engine.
 *
 *     deno run -P=test bench/candidates/support/follow_file.ts FILE LINES
 *
 * Prints a line when it is ready, waits for a byte on standard input, works, and prints
 * `{"cpu_us":…,"peak_bytes":…}`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { configOf } from "../../support/agent_config.ts";
import { BenchQueue } from "../../support/bench_queue.ts";
import { startLogcollector } from "../../support/delivery_chain.ts";
import { ownCpuMs, readPeakResident } from "../../support/process_usage.ts";

const [path = "", lines = ""] = Deno.args;
const count = Number(lines);
const config = configOf({});
using stored = new BenchQueue(config);
console.log("ready");
Deno.stdin.readSync(new Uint8Array(1));

const cpuBeforeMs = ownCpuMs();
const collector = startLogcollector(config, stored.queue, { path, count });
await collector.taken;
console.log(JSON.stringify({
  cpu_us: (ownCpuMs() - cpuBeforeMs) * 1_000,
  peak_bytes: readPeakResident(Deno.pid),
}));
await collector.stop();
assert.equal(stored.queue.account("stateless").queued.events, count);
