/**
 * The calm after the faults: everything that is written may arrive now.
 *
 * @module
 */

import { queuedEvents } from "./accounted.ts";
import type { AgentSide } from "./agent_side.ts";
import type { Orders } from "./faults/orders.ts";
import type { ManagerSide } from "./manager_side.ts";
import type { Received } from "./received.ts";

/** What a run consists of. */
export interface World {
  manager: ManagerSide;
  agents: readonly AgentSide[];
  received: Received;
  orders: Orders;
}

const LOOK_INTERVAL_MS = 500;
/** Nothing has come for so long, and nothing waits to be sent: nothing will come. */
const QUIET_MS = 15_000;
/** Nothing has come for so long although something waits: it will not be sent. */
const STUCK_MS = 120_000;

/** Nothing strikes and nothing is written any more: waits until nothing comes any more, then stops the agents and the manager. */
export async function calmDown(world: World): Promise<void> {
  const { manager, agents, received, orders } = world;
  await manager.replace([]);
  for (const agent of agents) {
    agent.process.signal("SIGCONT");
    agent.relay.treat({ kind: "pass" });
  }
  await arrival(world);
  await orders.ended(manager);
  await Promise.all(agents.map((agent) => agent.process.stop()));
  // The record is written behind the store; a manager that is stopped has written all of it.
  await manager.stop();
  received.update();
}

/** How the lines of all programs stand. */
export function countOf({ agents, received }: Pick<World, "agents" | "received">) {
  let [written, missing, doubled] = [0, 0, 0];
  for (const program of agents.flatMap(({ programs }) => programs)) {
    const count = received.of(program.source, program.written);
    written += program.written;
    missing += count.missing.length;
    doubled += count.doubled;
  }
  return { written, missing, doubled };
}

async function arrival(world: World): Promise<void> {
  const waits = () => world.agents.some(({ databasePath }) => queuedEvents(databasePath) > 0);
  let last = countOf(world);
  let quietSince = performance.now();
  while (last.missing > 0) {
    const quietMs = performance.now() - quietSince;
    if (quietMs > STUCK_MS || (quietMs > QUIET_MS && !waits())) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
    world.received.update();
    const now = countOf(world);
    if (now.missing !== last.missing) quietSince = performance.now();
    last = now;
  }
}
