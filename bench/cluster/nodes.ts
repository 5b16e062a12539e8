/**
 * What a node of a cluster can do by itself: load the documents of many agents, and make an order for all of a group.
 *
 * @module
 */

import { jetstream } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import type { AgentDocument } from "../../src/manager/cluster/agents/agent_documents.ts";
import { openCluster } from "../../src/manager/cluster/cluster.ts";
import type { StateDocument } from "../../src/manager/cluster/agents/kv_states.ts";
import type { ClusterOptions } from "../../src/manager/cluster/options_schema.ts";
import { Store } from "../../src/manager/store.ts";
import { SingleMember } from "../../src/manager/stores/single/single_member.ts";
import type { Stores } from "../../src/manager/stores/stores.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { agentId } from "../support/fleet.ts";

const AT_ONCE = 256;

/** Puts agents on the cluster that are all in one group and watched by this node, as if they had registered and polled. */
export async function putAgents(options: ClusterOptions, agents: number): Promise<void> {
  const connection = await connect({ servers: [...options.servers] });
  const client = jetstream(connection);
  const waiting = Array.from({ length: agents }, (_, index) => agentId(index)).values();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (const id of waiting) {
      await client.publish(`$KV.${options.name}_AGENTS.id.${id}`, JSON.stringify(agentOf(id)));
      const state = JSON.stringify(stateOf(options.node));
      await client.publish(`$KV.${options.name}_STATES.${id}`, state);
    }
  }));
  await connection.close();
}

function agentOf(id: string): AgentDocument {
  return {
    id,
    name: id,
    salt: "AAAAAAAAAAAAAAAAAAAAAA==",
    hash: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    version: "1",
    host: { hostname: "box", ip: ["192.0.2.7"], architecture: "x86_64" },
    groups: ["all"],
    registered_at: 0,
  };
}

function stateOf(holder: string): StateDocument {
  const nowMs = Date.now();
  return {
    state: "active",
    since: nowMs,
    heard_at: nowMs,
    address: "192.0.2.7",
    held: null,
    holder,
  };
}

/** Opens a node of its own. */
export async function openNode(options: ClusterOptions, path: string) {
  const store = new Store({ path, keepEvents: 10, idempotencyKeys: 10 });
  const self = { node: options.node, version: "1", startedAtMs: Date.now() };
  const cluster = await openCluster({
    options,
    clock: systemClock,
    store,
    own: { members: new SingleMember(self) } as unknown as Stores,
    self,
    orders: { offerGraceMs: 5_000, archiveAfterMs: 60_000, removeAfterMs: 60_000 },
    announcer: undefined,
  });
  return {
    cluster,
    store,
    close: async () => {
      await cluster.close();
      store.close();
    },
  };
}

/** Gives an order to the group of all agents; returns how long it took until each had its own. */
export async function orderAll(
  { cluster, store }: Awaited<ReturnType<typeof openNode>>,
  agents: number,
) {
  const beganMs = performance.now();
  await cluster.stores.orders.create([{
    source: "Engine",
    user: "bench",
    target: { type: "group", id: "all" },
    action: { name: "status", args: {}, version: "1" },
    timeout: 600,
  }], Date.now());
  const count = store.database.prepare("SELECT count(*) AS orders FROM orders");
  while (Number(count.get()?.orders) < agents) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return performance.now() - beganMs;
}
