/**
 * The orders of a cluster: their parts put together.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { OrderDeadlines, type OrderKeeping } from "../../commands/order_deadlines.ts";
import { OrderStream, type OrderStreamOptions } from "../../commands/order_stream.ts";
import type { Membership } from "../../stores/membership.ts";
import { whenReady } from "../link/assets.ts";
import type { Bucket } from "../link/bucket.ts";
import type { ClusterLink } from "../link/cluster_link.ts";
import { DoneOrders } from "./done_orders.ts";
import type { KvAgents } from "../agents/kv_agents.ts";
import { KvOrders } from "./kv_orders.ts";
import type { Names } from "../link/names.ts";
import { OrderModel } from "./order_model.ts";
import { OrderRequests, type RequestBuckets } from "./order_requests.ts";
import type { OpenOrders } from "./order_states.ts";
import type { TurnTransaction } from "../link/turn_transaction.ts";

/** What {@linkcode openOrders} works with. */
interface OpenOrdersParts extends OrderStreamOptions, OrderKeeping {
  names: Names;
  buckets: RequestBuckets & { open: Bucket<OpenOrders> };
  database: DatabaseSync;
  together: TurnTransaction;
  agents: Pick<KvAgents, "setGroups">;
  members: Membership;
  onOfferable(agentId: string): void;
  now(): number;
}

/** Something that runs. */
interface Running {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** The orders, and what of them has to be started and stopped. */
export async function openOrders(
  link: ClusterLink,
  { names, buckets, database, ...parts }: OpenOrdersParts,
): Promise<{ orders: KvOrders; parts: Running[] }> {
  const model = new OrderModel(database);
  model.setPrefix(await whenReady("get ready", () => OrderRequests.prefix(buckets.numbers)));
  const done = new DoneOrders({ link, names, model, together: parts.together });
  const requests = new OrderRequests({ ...buckets, model, database, done });
  const orders = new KvOrders({
    ...parts,
    bucket: buckets.open,
    requests,
    done,
    model,
    deadlines: new OrderDeadlines(database, parts),
    stream: new OrderStream(database, parts),
    signer: parts.signer,
    graceMs: parts.offerGraceMs,
    archiveMs: parts.archiveAfterMs,
  });
  return { orders, parts: [done, orders.follow(), ...requests.follow()] };
}
