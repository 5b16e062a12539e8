import assert from "node:assert/strict";
import type { NewCommand } from "../../../src/manager/commands/command_request.ts";
import { agent, contract, type Scene } from "./contract.ts";

const AGENT = "01a1fbd6-506d-73a6-bc20-000000000001";
const OTHER = AGENT.replace(/1$/, "2");

function command(target: NewCommand["target"], name = "restart", args = {}): NewCommand {
  return {
    source: "Engine",
    user: "me",
    target,
    action: { name, args, version: "1" },
    timeout: 10,
  };
}

const forAgent = command({ type: "agent", id: AGENT });

async function withAgents({ stores }: Scene): Promise<void> {
  await stores.agents.add(agent(AGENT, { groups: ["web"] }));
  await stores.agents.add(agent(OTHER, { groups: ["web"] }));
}

const result = (documentId: string, code: number) => ({
  documentId,
  data: { command: { result: { code, message: `code ${code}` } } },
});

/** Status and message of every order that there is. */
function outcomes({ store }: Scene): unknown[] {
  return store.database.prepare(
    "SELECT agent_id, status, result_message FROM orders ORDER BY request_id, order_id",
  ).all().map(({ agent_id, status, result_message }) => [agent_id, status, result_message]);
}

contract(
  "Orders makes an order for each agent of a target, and none when it matches no agent",
  async (scene) => {
    await withAgents(scene);
    const { orders } = scene.stores;
    const ids = await orders.create([command({ type: "group", id: "web" }), forAgent], 0);
    assert.equal(new Set(ids).size, 3);
    const nobody = command({ type: "group", id: "db" });
    await assert.rejects(orders.create([forAgent, nobody], 0), /commands\[1\].*matches no agent/);
    assert.equal(orders.pendingAfter({ requestId: 0, orderId: 0 }, 10).length, 3);
  },
);

contract(
  "Orders offers an order again when its grace is over, and no more once it is reported",
  async (scene) => {
    await withAgents(scene);
    const { orders } = scene.stores;
    const [id = ""] = await orders.create([forAgent], 0);
    const offered = async (nowMs: number) =>
      (await orders.offer(AGENT, nowMs)).commands.map((one) => one.document_id);
    assert.deepEqual(await offered(0), [id]);
    assert.deepEqual(await offered(4_999), []);
    assert.equal((await orders.offer(AGENT, 4_999)).againAtMs, 5_000);
    assert.deepEqual(await offered(5_000), [id]);
    await orders.report(AGENT, [result(id, 0)], 6_000);
    assert.deepEqual(await offered(20_000), []);
  },
);

contract(
  "Orders keeps the first result, however often and whatever is reported then",
  async (scene) => {
    await withAgents(scene);
    const { orders } = scene.stores;
    const [id = ""] = await orders.create([forAgent], 0);
    await orders.offer(AGENT, 0);
    await orders.report(AGENT, [result(id, 0), result(id, 1)], 1);
    await orders.report(AGENT, [result(id, 1)], 2);
    assert.deepEqual(outcomes(scene), [[AGENT, "success", "code 0"]]);
  },
);

contract("Orders takes no result of an agent for another's order", async (scene) => {
  await withAgents(scene);
  const { orders } = scene.stores;
  const [id = ""] = await orders.create([forAgent], 0);
  await orders.report(OTHER, [result(id, 0)], 1);
  assert.deepEqual(outcomes(scene), [[AGENT, "pending", null]]);
});

contract(
  "Orders lets an agent begin what is not over, with the same answer when asked again",
  async (scene) => {
    await withAgents(scene);
    const { orders } = scene.stores;
    const [id = ""] = await orders.create([forAgent], 0);
    await orders.offer(AGENT, 0);
    const first = await orders.begin(AGENT, id, 1_000);
    assert.equal(first.granted, true);
    assert.deepEqual(await orders.begin(AGENT, id, 1_000), first);
    assert.equal((await orders.begin(OTHER, id, 1_000)).granted, false);
    assert.equal((await orders.begin(AGENT, id, 60_000)).granted, false);
  },
);

contract(
  "Orders gives up what was not delivered in time, and what was not reported",
  async (scene) => {
    await withAgents(scene);
    const { orders } = scene.stores;
    const ids = await orders.create([command({ type: "group", id: "web" })], 0);
    assert.equal(ids.length, 2);
    await orders.offer(AGENT, 0);
    await orders.settle(10_000);
    await orders.settle(15_000);
    const [one, other] = outcomes(scene).toSorted((left, right) =>
      String(left) < String(right) ? -1 : 1
    );
    assert.deepEqual(one, [AGENT, "failure", "no result"]);
    assert.deepEqual(other, [OTHER, "failure", "not delivered in time"]);
  },
);

contract("Orders fails what an agent was not sent, or everything of it", async (scene) => {
  await withAgents(scene);
  const { orders } = scene.stores;
  await orders.create([forAgent], 0);
  await orders.offer(AGENT, 0);
  await orders.create([forAgent], 0);
  assert.equal(await orders.giveUp(AGENT, { message: "no", sent: false, nowMs: 1 }), true);
  assert.deepEqual(outcomes(scene).map((one) => (one as unknown[])[1]), ["sent", "failure"]);
  assert.equal(await orders.giveUp(AGENT, { message: "gone", sent: true, nowMs: 1 }), true);
  assert.equal(await orders.giveUp(AGENT, { message: "gone", sent: true, nowMs: 1 }), false);
  assert.deepEqual(outcomes(scene).map((one) => (one as unknown[])[2]), ["gone", "no"]);
});

contract(
  "Orders moves an agent to other groups when it has carried set-group out",
  async (scene) => {
    await withAgents(scene);
    const { orders } = scene.stores;
    const order = command({ type: "agent", id: AGENT }, "set-group", { groups: ["db"] });
    const [id = ""] = await orders.create([order], 0);
    await orders.report(AGENT, [result(id, 0)], 1);
    assert.deepEqual(scene.store.memberships.groupsOf(AGENT), ["db"]);
  },
);

contract(
  "Orders makes an order for each agent of a list that there is, and takes back what none was sent",
  async (scene) => {
    await withAgents(scene);
    const { orders } = scene.stores;
    const nobody = AGENT.replace(/1$/, "3");
    const list = { type: "agents" as const, id: "a list", agents: [AGENT, OTHER, nobody] };
    const ids = await orders.create([command(list)], 0);
    assert.equal(ids.length, 2);
    const [sent] = (await orders.offer(OTHER, 0)).commands;
    assert.deepEqual(sent?.target, { type: "agent", id: OTHER });
    for (let time = 0; time < 2; time++) await orders.withdraw(1, 0);
    assert.deepEqual(outcomes(scene), [
      [AGENT, "failure", "withdrawn"],
      [OTHER, "sent", null],
    ]);
    assert.deepEqual((await orders.offer(AGENT, 0)).commands, []);
  },
);
