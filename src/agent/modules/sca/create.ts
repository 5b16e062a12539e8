/**
 * Builds the collector.
 *
 * @module
 */

import { mayRun } from "../../process/drop_permissions.ts";
import type { ModuleContext } from "../module.ts";
import { ScanTimes } from "../scan_times.ts";
import { ModuleUnavailable } from "../unavailable.ts";
import type { ScaOptions } from "./options.ts";
import { Sca } from "./sca.ts";
import { scanInChildren } from "./scan/child_scan.ts";

/** Builds it. Nothing happens yet. */
export function createSca(options: ScaOptions, context: ModuleContext): Sca {
  const { states, clock, children, fleetShare, places } = context;
  if (states === undefined) throw new Error("The agent keeps no states");
  return new Sca({
    options,
    times: new ScanTimes(clock, {
      intervalMs: options.interval,
      scanOnStart: options.scan_on_start,
      spreadMs: options.scan_spread,
      random: () => fleetShare ?? Math.random(),
    }),
    context: { ...context, states },
    ownFolders: places === undefined ? [] : [places.dataFolder],
    requireUsable: requireRun,
    scan: (job, signal) =>
      scanInChildren(job, { clock, children, signal, timeoutMs: options.scan_timeout }),
  });
}

/** An agent that needs no programs gives that right back at its start. */
async function requireRun(): Promise<void> {
  if (await mayRun()) return;
  throw new ModuleUnavailable("this agent was started without the right to start programs", {
    hint: "restart the agent: with sca enabled at its start it keeps that right",
  });
}
