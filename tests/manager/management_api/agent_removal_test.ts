import assert from "node:assert/strict";
import { assertRefused, eventsBody, KEY, numbered, registration, TestManager } from "../harness.ts";

async function remove(test: TestManager, id: string): Promise<Response> {
  return await test.fetch(`http://manager/agents/${id}`, {
    method: "DELETE",
    headers: { Authorization: `Bearer ${await test.userToken()}` },
  });
}

Deno.test("DELETE /agents/ID ends the agent's tokens, its poll and its orders at once", async () => {
  await using test = await TestManager.open();
  const { manager, agentId } = test;
  const poll = test.get("/api/v1/commands");
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(manager.polls.size, 1);
  assert.equal((await remove(test, agentId.toUpperCase())).status, 200);
  assert.equal((await poll).status, 401);
  await assertRefused(await test.postEvents(eventsBody(agentId, ...numbered(1))), 401, /token/);
  await assertRefused(await test.logIn(agentId, KEY), 403, "Agent does not exist");
  const { agents, agents_by_status } = await test.stats();
  assert.deepEqual([agents, agents_by_status.active], [0, 0]);
  assert.equal((await remove(test, agentId)).status, 404);
});

Deno.test("an agent with the id of one that was removed is another: it gets none of its orders", async () => {
  await using test = await TestManager.open();
  const { commands } = test.manager;
  const action = { name: "restart", args: {}, version: "1" };
  const target = { type: "agent" as const, id: test.agentId };
  await commands.submit([{ source: "Engine", user: "u", target, action, timeout: 600 }]);
  await remove(test, test.agentId);
  const answer = await test.register(registration({ id: test.agentId, name: "box" }));
  assert.equal(answer.status, 201);
  assert.deepEqual((await commands.offer(test.agentId)).commands, []);
  const { orders } = commands.views.list({ limit: 10, after: { requestId: 0, orderId: 0 } });
  assert.deepEqual(orders.map(({ status, result }) => [status, result]), [
    ["failure", { code: 1, message: "agent removed", data: null }],
  ]);
});
