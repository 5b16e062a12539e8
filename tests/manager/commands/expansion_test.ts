import assert from "node:assert/strict";
import { command, poll, report, Scene } from "./scene.ts";

const group = (id: string) => command({ target: { type: "group", id } });

async function targetsOf(scene: Scene, request: string): Promise<(string | undefined)[]> {
  const orders = await scene.orders(`request=${request}`);
  return orders.map(({ target }) => target?.id).toSorted();
}

function idsOf(...agents: { agentId: string }[]): string[] {
  return agents.map(({ agentId }) => agentId).toSorted();
}

Deno.test("a command becomes one order for each agent of its target", async () => {
  await using scene = await Scene.open();
  const web = await scene.agent("web", ["web", "linux"]);
  const db = await scene.agent("db", ["linux", "linux"]);
  const bare = await scene.agent("bare");
  const [prefix] = (await scene.submit(group("linux")))[0]?.split("-") ?? [];
  assert.deepEqual(await targetsOf(scene, "1"), idsOf(web, db));
  await scene.submit(group("*"));
  assert.deepEqual(await targetsOf(scene, "2"), idsOf(web, db, bare));
  const third = await scene.submit(
    group("web"),
    command({ target: { type: "agent", id: bare.agentId } }),
    group("linux"),
  );
  assert.deepEqual(third, [1, 2, 3, 4].map((order) => `${prefix}-3-${order}`));
  const orders = await scene.orders("request=3");
  assert.deepEqual(orders.map(({ document_id }) => document_id), third);
});

Deno.test("an order reaches its agent as the protocol has it", async () => {
  await using scene = await Scene.open();
  const agent = await scene.agent("one");
  const action = { name: "set-group", version: "5.0.0", args: { groups: ["web"] } };
  const id = await scene.order(agent, { action });
  assert.deepEqual(await poll(agent), [{
    document_id: id,
    request_id: "1",
    order_id: "1",
    source: "Users/Services",
    user: "Management API",
    target: { type: "agent", id: agent.agentId },
    action,
    timeout: 100,
    start_within: 100,
    confirm_start: true,
    status: "sent",
  }]);
});

Deno.test("an order for a server is carried out by the manager itself", async () => {
  await using scene = await Scene.open();
  await scene.submit(command({ target: { type: "server", id: "node-1" } }));
  await scene.clock.advance(0);
  const [order] = await scene.orders();
  assert.deepEqual(order?.target, { type: "server", id: "node-1" });
  assert.equal(order?.status, "success");
  assert.deepEqual(order?.result, { code: 0, message: "Taken by the server", data: null });
});

Deno.test("set-group moves an agent between groups once it succeeded, and not before", async () => {
  await using scene = await Scene.open();
  const agent = await scene.agent("one", ["old"]);
  const other = await scene.agent("other", ["old"]);
  const setGroup = (groups: unknown) =>
    scene.order(agent, { action: { name: "set-group", version: "1", args: { groups } } });
  const { memberships } = scene.test.manager.store;
  const id = await setGroup(["new", "newer"]);
  assert.deepEqual(memberships.groupsOf(agent.agentId), ["old"]);
  await report(other, id, { code: 0 });
  await report(agent, id, { code: 2 });
  assert.deepEqual(memberships.groupsOf(agent.agentId), ["old"]);
  await report(agent, id, { code: 0 });
  assert.deepEqual(memberships.groupsOf(agent.agentId), ["new", "newer"]);
  await report(agent, await setGroup(["failed"]), { code: 1 });
  await report(agent, await setGroup("no list"), { code: 0 });
  assert.deepEqual(memberships.groupsOf(agent.agentId), ["new", "newer"]);
  await report(agent, await setGroup([]), { code: 0 });
  assert.deepEqual(memberships.groupsOf(agent.agentId), []);
  assert.deepEqual(memberships.groupsOf(other.agentId), ["old"]);
});
