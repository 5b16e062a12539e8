import assert from "node:assert/strict";
import { settle } from "../../support/fake_clock.ts";
import { assertRefused } from "../harness.ts";
import { again, command, poll, report, Scene } from "./scene.ts";

Deno.test("a new order ends the polls it is for, and no other", async () => {
  await using scene = await Scene.open();
  const [one, two, three] = [
    await scene.agent("one", ["web"]),
    await scene.agent("two", ["web"]),
    await scene.agent("three"),
  ];
  const polls = [one, two, three].map((agent) => poll(agent));
  await settle();
  await scene.submit(command({ target: { type: "group", id: "web" } }));
  assert.equal((await polls[0])?.length, 1);
  assert.equal((await polls[1])?.length, 1);
  await settle();
  assert.equal(scene.polls.has(three.agentId), true);
  await scene.clock.advance(30_000);
  assert.deepEqual(await polls[2], []);
});

Deno.test("an agent without an open poll finds its orders at its next one, oldest first", async () => {
  await using scene = await Scene.open();
  const agent = await scene.agent("one");
  const ids: string[] = [];
  for (let index = 0; index < 3; index++) ids.push(await scene.order(agent));
  await scene.clock.advance(10);
  assert.deepEqual((await poll(agent)).map(({ document_id }) => document_id), ids);
});

Deno.test("one poll carries a hundred orders at most, the next one the rest", async () => {
  await using scene = await Scene.open();
  const agent = await scene.agent("one");
  const target = { type: "agent", id: agent.agentId };
  const ids = await scene.submit(...Array.from({ length: 130 }, () => command({ target })));
  const [first, second] = [await poll(agent), await poll(agent)];
  assert.deepEqual([first.length, second.length], [100, 30]);
  assert.deepEqual([...first, ...second].map(({ document_id }) => document_id), ids);
});

Deno.test("an order without a result is offered again after the grace, to an open poll too", async () => {
  await using scene = await Scene.open({ offerGraceMs: 5_000 });
  const agent = await scene.agent("one");
  const id = await scene.order(agent);
  assert.equal((await poll(agent)).length, 1);
  const next = poll(agent);
  await scene.clock.advance(4_999);
  assert.equal(scene.polls.has(agent.agentId), true);
  await scene.clock.advance(1);
  assert.deepEqual((await next).map(({ document_id }) => document_id), [id]);
  const [order] = await scene.orders();
  assert.equal(order?.offers, 2);
  assert.equal(order?.sent_at, "2026-01-01T00:00:00.000Z", "the first offer counts");
});

Deno.test("an order that is in progress or has ended is not offered again", async () => {
  await using scene = await Scene.open();
  const agent = await scene.agent("one");
  const [busy, done] = [await scene.order(agent), await scene.order(agent)];
  assert.equal((await poll(agent)).length, 2);
  await report(agent, busy, { code: 2, message: "working" });
  await report(agent, done, { code: 0 });
  const next = poll(agent);
  await scene.clock.advance(30_000);
  assert.deepEqual(await next, []);
  const [order] = await scene.orders("status=sent");
  assert.equal(order?.document_id, busy);
  assert.equal(order?.result?.message, "working");
});

Deno.test("orders pending and sent outlive a restart, and request ids count on", async () => {
  const dataFolder = await Deno.makeTempDir();
  const ids: string[] = [];
  let agent;
  {
    await using scene = await Scene.open({ dataFolder });
    agent = await scene.agent("one", ["web"]);
    ids.push(await scene.order(agent));
    await poll(agent);
    ids.push(await scene.order(agent));
  }
  {
    await using scene = await Scene.open({ dataFolder });
    const back = await again(agent, scene);
    assert.deepEqual((await scene.orders()).map(({ status }) => status), ["sent", "pending"]);
    assert.deepEqual((await poll(back)).map(({ document_id }) => document_id), ids.slice(1));
    await scene.clock.advance(5_000);
    assert.deepEqual((await poll(back)).map(({ document_id }) => document_id), ids);
    await report(back, ids[0] ?? "", { code: 0 });
    assert.match(await scene.order(back), /-3-1$/);
    await scene.submit(command({ target: { type: "group", id: "web" } }));
  }
  await Deno.remove(dataFolder, { recursive: true });
});

Deno.test("accept_commands wakes the polls of the agents it names", async () => {
  await using scene = await Scene.open();
  const agent = await scene.agent("one");
  const accept = (commands: unknown) =>
    scene.manage("/accept_commands", { method: "POST", body: JSON.stringify({ commands }) });
  const notice = { document_id: "x-1-1", target: { type: "agent", id: agent.agentId } };
  const held = poll(agent);
  await settle();
  const answer = await accept([notice, notice, { ...notice, target: { type: "agent", id: "no" } }]);
  assert.deepEqual(await answer.json(), { data: { polls_woken: 1 }, error: 0 });
  assert.equal(scene.polls.has(agent.agentId), true, "there is nothing for it");
  await assertRefused(await accept([{}]), 400, /^"commands" is not a list of orders/);
  scene.test.manager.endWaits();
  assert.deepEqual(await held, []);
});
