/**
 * What an inventory of this machine costs: CPU time of the process, first and when nothing changed, and what ten more scans send.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import process from "node:process";
import * as z from "zod";
import { buildInventory } from "../../src/agent/modules/inventory/build.ts";
import { COUNTERS } from "../../src/agent/modules/inventory/counters.ts";
import type { CollectorName } from "../../src/agent/modules/inventory/item.ts";
import { RealMachine } from "../../src/agent/modules/inventory/machine.ts";
import { inventory } from "../../src/agent/modules/inventory/module.ts";
import { deb } from "../../src/agent/modules/inventory/packages/deb.ts";
import { STATE_SCHEMA } from "../../src/agent/state/schema.ts";
import { StateCore } from "../../src/agent/state/state_core.ts";
import { ModuleStateKeeper } from "../../src/agent/state/state_keeper.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { openQueue, TempFolder } from "../../tests/support/queues.ts";

const ROUNDS = 10;
const signal = new AbortController().signal;

using folder = new TempFolder();
const queue = openQueue(folder, { parts: [STATE_SCHEMA] });
const core = new StateCore({
  queue,
  clock: systemClock,
  agentId: "0190a1b2-0000-7000-8000-000000000000",
  options: () => ({ schema: "6.0", window: 2_000, integrityIntervalMs: 86_400_000, resync: "off" }),
  declarationOf: ({ collector }) => ({
    isActive: true,
    counters: COUNTERS[collector as CollectorName] ?? [],
    hasTimestamp: true,
  }),
});
const options = z.strictObject(inventory.options)
  .parse({ enabled: true, scan_spread: "0s", interval: "1s" });
const module = buildInventory(options, {
  clock: systemClock,
  log: getLogger(["bench"]),
  states: new ModuleStateKeeper(core, "inventory"),
});

/** Milliseconds of CPU of this process. */
async function cost(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

function median(values: number[]): number {
  return values.sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

/** Stateful changes that were made so far. */
function changes(): number {
  return core.look((store) =>
    store.sources.list().reduce((sum, { number }) => {
      const { creates, updates, deletes } = core.counters.of(number);
      return sum + creates + updates + deletes;
    }, 0)
  );
}

async function rounds(work: () => unknown): Promise<number> {
  const values: number[] = [];
  for (let round = 0; round < ROUNDS; round++) values.push(await cost(work));
  return median(values);
}

const first = await cost(() => module.scan(signal));
const items = Number(module.report().details.items);
const full = await rounds(() => module.scan(signal));
const before = changes();
const unchanged = await rounds(() => module.rescan(signal));
const emitted = changes() - before;
const machine = new RealMachine();
const owned = () => new Set<string>();
const dpkg = await rounds(() => deb.read({ machine, signal, owned, note: () => {} }));
const query = await rounds(() => new Deno.Command("dpkg-query", { args: ["-W"] }).output());

console.log(`documents                              ${items}`);
console.log(`first scan, cold                       ${first.toFixed(0)} ms CPU`);
console.log(`full scan                              ${full.toFixed(0)} ms CPU`);
console.log(`scan with unchanged package databases  ${unchanged.toFixed(0)} ms CPU`);
console.log(`changes in ${ROUNDS} such scans                ${emitted}`);
console.log(`dpkg's database alone                  ${dpkg.toFixed(0)} ms CPU`);
console.log(`starting dpkg-query -W, this side      ${query.toFixed(0)} ms CPU`);
console.log(`unchanged to full                      ${(unchanged / full).toFixed(2)}`);
queue.close();
