/**
 * What it takes to start a manager with what there is on its cluster.
 *
 * @module
 */

import type { ManagerProcess } from "../../tests/faults/managers.ts";
import type { NatsCluster } from "../../tests/support/nats_cluster.ts";
import { residentBytes } from "./processes.ts";

/** By then what is only needed for the start has been given back. */
const SETTLED_AFTER_MS = 5_000;

/** How a manager started. */
export interface Start {
  /** Until it was ready. */
  tookMs: number;
  /** Resident memory of its process. */
  managerBytes: number;
  /** Resident memory of the largest of the NATS servers. */
  serverBytes: number;
}

/** Starts a manager, and leaves it running. */
export async function startOf(manager: ManagerProcess, { servers }: NatsCluster): Promise<Start> {
  const beganMs = performance.now();
  await manager.start();
  const tookMs = performance.now() - beganMs;
  await new Promise((resolve) => setTimeout(resolve, SETTLED_AFTER_MS));
  return {
    tookMs,
    managerBytes: residentBytes(manager.pid),
    serverBytes: Math.max(...servers.map(({ pid }) => residentBytes(pid))),
  };
}
