import assert from "node:assert/strict";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, headers } from "@nats-io/transport-node";
import { openCluster } from "../../../../src/manager/cluster/cluster.ts";
import type { OpenOrders } from "../../../../src/manager/cluster/orders/order_states.ts";
import { Store } from "../../../../src/manager/store.ts";
import { SingleMember } from "../../../../src/manager/stores/single/single_member.ts";
import type { Stores } from "../../../../src/manager/stores/stores.ts";
import { systemClock } from "../../../../src/shared/clock.ts";
import { clusterTest, startOne } from "../../../support/nats_cluster.ts";
import { agent, clusterOptions, ORDERS } from "../../stores/contract.ts";

const A = "01a1fbd6-506d-73a6-bc20-000000000001";
const B = "01a1fbd6-506d-73a6-bc20-000000000002";
const ORDER = {
  source: "Engine" as const,
  user: "me",
  target: { type: "group" as const, id: "web" },
  action: { name: "restart", args: {}, version: "1" },
  timeout: 600,
};
const SUCCESS = { command: { result: { code: 0, message: "done" } } };

/** One node of a cluster. */
async function openNode(url: string, node: string, name: string) {
  const store = new Store({ path: ":memory:", keepEvents: 10, idempotencyKeys: 10 });
  const self = { node, version: "1", startedAtMs: 0 };
  const own = { members: new SingleMember(self) } as unknown as Stores;
  const options = clusterOptions([url], { node, name });
  const woken: string[] = [];
  const cluster = await openCluster({
    options,
    clock: systemClock,
    store,
    own,
    self,
    orders: ORDERS,
    announcer: undefined,
  });
  cluster.whenOfferable((id) => woken.push(id));
  return {
    ...cluster.stores,
    store,
    woken,
    [Symbol.asyncDispose]: async () => {
      await cluster.close();
      store.close();
    },
  };
}

/** Resolves once `holds` does: what one node does is followed by the others. */
async function followed(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

clusterTest(
  "cluster: an order that was given at one node is offered at another, and its result is seen at both",
  async () => {
    await using server = await startOne();
    await using one = await openNode(server.url, "one", "t");
    await using other = await openNode(server.url, "other", "t");
    await one.agents.add(agent(A, { groups: ["web"] }));
    const [id = ""] = await one.orders.create([ORDER], Date.now());
    await followed(() => other.woken.includes(A));
    const nowMs = Date.now();
    const offers = await Promise.all([one, other].map(({ orders }) => orders.offer(A, nowMs)));
    const ids = offers.flatMap(({ commands }) => commands.map((command) => command.document_id));
    assert.deepEqual(ids, [id], "one of the two has it");
    await other.orders.report(A, [{ documentId: id, data: SUCCESS }], nowMs);
    for (const { store } of [one, other]) {
      const status = () => store.database.prepare("SELECT status FROM orders").get()?.status;
      await followed(() => status() === "success");
    }
  },
);

clusterTest(
  "cluster: of two results that come to two nodes at once one counts, at both",
  async () => {
    await using server = await startOne();
    await using one = await openNode(server.url, "one", "t");
    await using other = await openNode(server.url, "other", "t");
    await one.agents.add(agent(A, { groups: ["web"] }));
    for (let round = 0; round < 10; round++) {
      const [id = ""] = await one.orders.create([ORDER], Date.now());
      const result = (code: number) => ({
        documentId: id,
        data: { command: { result: { code } } },
      });
      await Promise.all([
        one.orders.report(A, [result(0)], Date.now()),
        other.orders.report(A, [result(1)], Date.now()),
      ]);
      const ended = ({ store }: typeof one) =>
        store.database.prepare("SELECT result_code FROM orders WHERE finished_at IS NOT NULL")
          .all();
      await followed(() => [one, other].every((node) => ended(node).length === round + 1));
      assert.deepEqual(ended(one), ended(other));
    }
  },
);

clusterTest(
  "cluster: a request that a node left half way is gone on with, and no order is there twice",
  async () => {
    await using server = await startOne();
    await using node = await openNode(server.url, "one", "t");
    await node.agents.add(agent(A, { groups: ["web"] }));
    await node.agents.add(agent(B, { groups: ["web"] }));
    const nowMs = Date.now();
    const ids = await node.orders.create([ORDER], nowMs);
    const { commands: [command] } = await node.orders.offer(A, nowMs);
    await node.orders.report(A, [{ documentId: command?.document_id ?? "", data: SUCCESS }], nowMs);
    // As if the node had died after the first order.
    const connection = await connect({ servers: server.url });
    const removed = headers();
    removed.set("KV-Operation", "DEL");
    await jetstream(connection).publish(`$KV.t_ORDERS.open.${B}`, "", { headers: removed });
    const cursor = { created_at: nowMs, commands: 1, chunks: 1, expanded: 0 };
    await jetstream(connection).publish("$KV.t_ORDERS.cur.1", JSON.stringify(cursor));
    await connection.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await node.orders.settle(nowMs + 20_000);
    const offered = async (id: string) =>
      (await node.orders.offer(id, nowMs + 20_000)).commands.map((one) => one.document_id);
    const done = command?.document_id;
    assert.deepEqual([await offered(A), await offered(B)], [[], ids.filter((id) => id !== done)]);
  },
);

clusterTest(
  "cluster: an order that had ended when its node died has its effect, once another node mends it",
  async () => {
    await using server = await startOne();
    await using node = await openNode(server.url, "one", "t");
    await node.agents.add(agent(A, { groups: ["web"] }));
    const action = { name: "set-group", args: { groups: ["db"] }, version: "1" };
    await node.orders.create([{ ...ORDER, action }], Date.now());
    const connection = await connect({ servers: server.url });
    const manager = await jetstreamManager(connection);
    const open = `$KV.t_ORDERS.open.${A}`;
    const found = await manager.streams.getMessage("KV_t_ORDERS", { last_by_subj: open });
    const { orders: [order] } = found?.json<OpenOrders>() ?? { orders: [] };
    const ended = { ...order, status: "success", result_code: 0, finished_at: Date.now() };
    await jetstream(connection).publish(open, JSON.stringify({ orders: [ended] }));
    await connection.close();
    const status = () => node.store.database.prepare("SELECT status FROM orders").get()?.status;
    await followed(() => status() === "success");
    await node.orders.settle(Date.now());
    assert.deepEqual(node.store.memberships.groupsOf(A), ["db"]);
  },
);

clusterTest(
  "cluster: an order that cannot leave yet holds up no other one that is to be mended",
  async () => {
    await using server = await startOne();
    await using node = await openNode(server.url, "one", "t");
    for (const id of [A, B]) await node.agents.add(agent(id, { groups: ["web"] }));
    await node.orders.create([ORDER], Date.now());
    const connection = await connect({ servers: server.url });
    const manager = await jetstreamManager(connection);
    await manager.streams.update("t_DONE", { max_msg_size: 2_000 });
    for (const [id, result_message] of [[A, "x".repeat(3_000)], [B, "done"]]) {
      const open = `$KV.t_ORDERS.open.${id}`;
      const found = await manager.streams.getMessage("KV_t_ORDERS", { last_by_subj: open });
      const { orders: [order] } = found?.json<OpenOrders>() ?? { orders: [] };
      const ended = { ...order, status: "success", result_message, finished_at: Date.now() };
      await jetstream(connection).publish(open, JSON.stringify({ orders: [ended] }));
    }
    const count = "SELECT count(*) AS n FROM orders WHERE status = 'success'";
    await followed(() => node.store.database.prepare(count).get()?.n === 2);
    await node.orders.settle(Date.now());
    const { state } = await manager.streams.info("t_DONE", { subjects_filter: ">" });
    assert.deepEqual(Object.keys(state.subjects ?? {}), [`t.done.${B}`]);
    await connection.close();
  },
);

clusterTest(
  "cluster: a node that starts later knows the orders, those that have ended too",
  async () => {
    await using server = await startOne();
    await using one = await openNode(server.url, "one", "t");
    await one.agents.add(agent(A, { groups: ["web"] }));
    const [id = ""] = await one.orders.create([ORDER], Date.now());
    await one.orders.report(A, [{ documentId: id, data: SUCCESS }], Date.now());
    await one.orders.create([ORDER], Date.now());
    await using later = await openNode(server.url, "later", "t");
    const rows = later.store.database.prepare("SELECT status FROM orders ORDER BY request_id")
      .all();
    assert.deepEqual(rows.map(({ status }) => status), ["success", "pending"]);
    assert.equal((await later.orders.offer(A, Date.now())).commands.length, 1);
  },
);
