/**
 * Streams and buckets of a cluster, opened; what is missing is made.
 *
 * @module
 */

import type { OrderKeeping } from "../commands/order_deadlines.ts";
import type { NewCommand } from "../commands/command_request.ts";
import { ensureEventStreams } from "./link/assets.ts";
import { Bucket } from "./link/bucket.ts";
import { type ClusterConfig, clusterConfig } from "./link/cluster_config.ts";
import type { ClusterLink } from "./link/cluster_link.ts";
import { DoneOrders } from "./orders/done_orders.ts";
import type { AgentDocument, TokenDocument } from "./agents/agent_documents.ts";
import type { NameDocument } from "./agents/kv_agents.ts";
import type { EndedSession } from "./access/kv_ended_sessions.ts";
import type { SealedKey } from "./access/kv_token_keys.ts";
import { Names } from "./link/names.ts";
import { type Lease, LEASE_MS } from "./nodes/node_leases.ts";
import type { RolloutDocument } from "./releases/rollout_documents.ts";
import type { Chunk, Cursor, Numbering, Once } from "./orders/order_requests.ts";
import type { OpenOrders } from "./orders/order_states.ts";
import type { StateDocument } from "./agents/kv_states.ts";

/** Makes the streams and buckets that are missing. */
export async function prepare(
  link: ClusterLink,
  { archiveAfterMs, removeAfterMs }: Pick<OrderKeeping, "archiveAfterMs" | "removeAfterMs">,
) {
  const { options } = link;
  const first = new Names(options.name, 1);
  const config = await Bucket.open<ClusterConfig>(link, first.of("KEYS"), { history: 5 });
  const { event_streams } = await clusterConfig(config, options);
  const names = new Names(options.name, event_streams);
  await ensureEventStreams(link, names);
  await DoneOrders.ensure(link, names, archiveAfterMs + removeAfterMs);
  // A bucket may have values of several kinds, told apart by what their keys begin with.
  const buckets = {
    keys: await Bucket.open<SealedKey>(link, names.of("KEYS"), { history: 5 }),
    endedSessions: await Bucket.open<EndedSession>(link, names.of("KEYS"), { history: 5 }),
    agents: await Bucket.open<AgentDocument>(link, names.of("AGENTS")),
    names: await Bucket.open<NameDocument>(link, names.of("AGENTS")),
    tokens: await Bucket.open<TokenDocument>(link, names.of("AGENTS")),
    numbers: await Bucket.open<Numbering>(link, names.of("ORDERS")),
    commands: await Bucket.open<NewCommand>(link, names.of("ORDERS")),
    chunks: await Bucket.open<Chunk>(link, names.of("ORDERS")),
    cursors: await Bucket.open<Cursor>(link, names.of("ORDERS")),
    once: await Bucket.open<Once>(link, names.of("ORDERS")),
    open: await Bucket.open<OpenOrders>(link, names.of("ORDERS")),
    rollouts: await Bucket.open<RolloutDocument | readonly string[]>(link, names.of("ROLLOUTS")),
    states: await Bucket.open<StateDocument>(link, names.of("STATES"), { history: 16 }),
    nodes: await Bucket.open<Lease>(link, names.of("NODES"), { ttlMs: LEASE_MS }),
  };
  return { names, buckets };
}
