import assert from "node:assert/strict";
import { command, poll, report, Scene } from "./scene.ts";

for (const [code, status] of [[0, "success"], [1, "failure"], [3, "failure"]] as const) {
  Deno.test(`a result of code ${code} makes an order a ${status}`, async () => {
    await using scene = await Scene.open();
    const agent = await scene.agent("one");
    const id = await scene.order(agent);
    await poll(agent);
    await report(agent, id, { code, message: "why", data: { lines: ["a"] } });
    const [order] = await scene.orders();
    assert.equal(order?.status, status);
    assert.deepEqual(order?.result, { code, message: "why", data: { lines: ["a"] } });
    assert.equal(order?.deadline, null);
  });
}

Deno.test("a result that comes again, or contradicts the first, changes nothing", async () => {
  await using scene = await Scene.open();
  const agent = await scene.agent("one");
  const id = await scene.order(agent);
  await report(agent, id, { code: 0, message: "first" }, "k1");
  const before = await scene.orders();
  await scene.clock.advance(1_000);
  await report(agent, id, { code: 0, message: "first" }, "k1");
  await report(agent, id, { code: 0, message: "second" });
  await report(agent, id, { code: 1, message: "third" });
  await report(agent, id, { code: 2, message: "fourth" });
  assert.deepEqual(await scene.orders(), before);
  assert.equal((await scene.test.stats()).duplicates_suppressed, 1);
});

Deno.test("only the agent of an order may end it", async () => {
  await using scene = await Scene.open();
  const [agent, other] = [await scene.agent("one"), await scene.agent("other")];
  const id = await scene.order(agent);
  await report(other, id, { code: 0 });
  assert.equal((await scene.orders())[0]?.status, "pending");
  await report(agent, id, { code: 0 });
  assert.equal((await scene.orders())[0]?.status, "success");
});

Deno.test("a report that says nothing usable, or of no order, leaves orders alone", async () => {
  await using scene = await Scene.open();
  const agent = await scene.agent("one");
  const id = await scene.order(agent);
  for (const result of [undefined, null, {}, { code: "0" }, { code: 4 }, { code: 0.5 }]) {
    await report(agent, id, result);
  }
  const [, request, order] = id.split("-");
  for (const unknown of [`00000000-${request}-${order}`, `${id}0`, "nonsense", "1-1"]) {
    await report(agent, unknown, { code: 0 });
  }
  assert.equal((await scene.orders())[0]?.status, "pending");
});

Deno.test("results and their events are stored together or not at all", async () => {
  await using scene = await Scene.open();
  const agent = await scene.agent("one");
  const id = await scene.order(agent);
  const { database } = scene.test.manager.store;
  database.exec(
    `CREATE TRIGGER refuse BEFORE UPDATE OF finished_at ON orders
     BEGIN SELECT raise(ABORT, 'refused'); END`,
  );
  await assert.rejects(report(agent, id, { code: 0 }, "k1"));
  assert.equal((await scene.test.stats()).events.stateful, 0);
  database.exec("DROP TRIGGER refuse");
  await report(agent, id, { code: 0 }, "k1");
  assert.equal((await scene.test.stats()).events.stateful, 1);
  assert.equal((await scene.orders())[0]?.status, "success");
});

Deno.test("document ids of two managers are never the same", async () => {
  await using one = await Scene.open();
  await using other = await Scene.open();
  const target = { type: "server", id: "node" };
  assert.notDeepEqual(
    await one.submit(command({ target })),
    await other.submit(command({ target })),
  );
});
