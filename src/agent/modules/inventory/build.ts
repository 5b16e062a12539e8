/**
 * Makes the module's collectors out of its options.
 *
 * @module
 */

import { CpuMeter } from "../../../shared/cpu_meter.ts";
import { AgentError } from "../../../shared/errors.ts";
import type { ModuleContext } from "../module.ts";
import { allCollectors } from "./collectors.ts";
import { Inventory } from "./inventory.ts";
import type { InventoryCollector, Schema } from "./item.ts";
import { type Machine, RealMachine } from "./machine.ts";
import { collectorOptions, type InventoryOptions, wantedCollectors } from "./options.ts";
import { ScanTimes } from "../scan_times.ts";

/**
 * Makes it; nothing is looked at yet.
 *
 * @param machine for tests; the one below `options.root` when left out
 * @throws {AgentError} `config_invalid` for a collector that the schema does not have
 */
export function buildInventory(
  options: InventoryOptions,
  context: Pick<ModuleContext, "clock" | "log" | "states" | "fleetShare" | "cpu">,
  machine?: Machine,
): Inventory {
  const { states, clock, log, fleetShare, cpu = new CpuMeter() } = context;
  if (states === undefined) throw new Error("The agent keeps no states");
  const all = allCollectors(collectorOptions(options));
  const [known, absent] = bySchema(all, states.schema);
  requireKnown(absent, options);
  const wanted = wantedCollectors(options, states.schema);
  return new Inventory({
    collectors: known.filter(({ name }) => wanted.includes(name)),
    maxItems: options.max_items,
    scope: scopeOf(options),
    machine: machine ?? new RealMachine(options.root, { cpu }),
    times: new ScanTimes(clock, {
      intervalMs: options.interval,
      scanOnStart: options.scan_on_start,
      spreadMs: options.scan_spread,
      random: () => fleetShare ?? Math.random(),
    }),
    context: { clock, log, states, cpu },
  });
}

/** All options but those that only say when. */
function scopeOf(options: InventoryOptions): string {
  const { interval: _i, scan_on_start: _s, scan_spread: _p, ...scope } = options;
  return JSON.stringify(scope);
}

function bySchema(all: readonly InventoryCollector[], schema: Schema) {
  const hasIt = ({ schemas }: InventoryCollector) => schemas.includes(schema);
  return [all.filter(hasIt), all.filter((one) => !hasIt(one))] as const;
}

function requireKnown(absent: readonly InventoryCollector[], options: InventoryOptions): void {
  const asked = absent.find(({ name }) => (options as Record<string, unknown>)[name] === true);
  if (asked === undefined) return;
  const { name, schemas } = asked;
  throw new AgentError("config_invalid", `inventory.${name} is in no document of stateful.schema`, {
    hint: `set stateful.schema to "${schemas.join('" or "')}", which has it, or leave ` +
      `inventory.${name} out`,
  });
}
