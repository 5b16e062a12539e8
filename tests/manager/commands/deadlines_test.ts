import assert from "node:assert/strict";
import { assertRefused } from "../harness.ts";
import { command, poll, report, Scene } from "./scene.ts";

const HOUR_MS = 3_600_000;

Deno.test("an order that is not delivered within its timeout is a failure", async () => {
  await using scene = await Scene.open();
  const agent = await scene.agent("one");
  await scene.order(agent, { timeout: 10 });
  await scene.clock.advance(9_999);
  assert.equal((await scene.orders())[0]?.deadline, "2026-01-01T00:00:10.000Z");
  assert.equal((await scene.orders())[0]?.status, "pending");
  await scene.clock.advance(1);
  const [order] = await scene.orders();
  assert.equal(order?.status, "failure");
  assert.deepEqual(order?.result, { code: 3, message: "not delivered in time", data: null });
  assert.equal(order?.finished_at, "2026-01-01T00:00:10.000Z");
  const late = poll(agent);
  await scene.clock.advance(30_000);
  assert.deepEqual(await late, [], "it is not offered any more");
});

Deno.test("a sent order without a result is a failure after its timeout and the grace", async () => {
  await using scene = await Scene.open({ offerGraceMs: 5_000 });
  const [silent, busy] = [await scene.agent("silent"), await scene.agent("busy")];
  await scene.order(silent, { timeout: 10 });
  const id = await scene.order(busy, { timeout: 10 });
  await scene.clock.advance(8_000);
  await Promise.all([poll(silent), poll(busy)]);
  await report(busy, id, { code: 2 });
  await scene.clock.advance(14_999);
  assert.equal((await scene.orders("status=sent")).length, 2);
  await scene.clock.advance(1);
  for (const order of await scene.orders()) {
    assert.equal(order.status, "failure");
    assert.deepEqual(order.result, { code: 3, message: "no result", data: null });
  }
});

Deno.test("offering an order again does not put its deadline off", async () => {
  await using scene = await Scene.open({ offerGraceMs: 5_000 });
  const agent = await scene.agent("one");
  await scene.order(agent, { timeout: 10 });
  for (let offer = 0; offer < 3; offer++) {
    assert.equal((await poll(agent)).length, 1);
    await scene.clock.advance(5_000);
  }
  assert.equal((await scene.orders())[0]?.status, "failure");
});

Deno.test("a late result is kept beside the failure, the first one only, archived or not", async () => {
  await using scene = await Scene.open({ archiveAfterMs: HOUR_MS });
  const agent = await scene.agent("one", ["old"]);
  const action = { name: "set-group", version: "1", args: { groups: ["new"] } };
  const id = await scene.order(agent, { timeout: 10, action });
  const other = await scene.order(agent, { timeout: 10 });
  await scene.clock.advance(20_000);
  await report(agent, id, { code: 2 });
  assert.equal((await scene.orders())[0]?.late_result, undefined);
  await report(agent, id, { code: 0, message: "done", data: { n: 1 } });
  await report(agent, id, { code: 1, message: "again" });
  const [order] = await scene.orders();
  assert.equal(order?.status, "failure");
  assert.equal(order?.result?.message, "not delivered in time");
  const received_at = "2026-01-01T00:00:20.000Z";
  assert.deepEqual(order?.late_result, { code: 0, message: "done", data: { n: 1 }, received_at });
  assert.deepEqual(scene.test.manager.store.memberships.groupsOf(agent.agentId), ["new"]);
  await scene.clock.advance(HOUR_MS);
  await report(agent, other, { code: 1, message: "very late" });
  const archived = (await scene.orders())[1];
  assert.equal(archived?.archived, true);
  assert.equal((archived?.late_result as { message: string }).message, "very late");
});

Deno.test("finished orders are archived, then removed, and open ones stay", async () => {
  await using scene = await Scene.open({ archiveAfterMs: HOUR_MS, removeAfterMs: 2 * HOUR_MS });
  const agent = await scene.agent("one");
  const id = await scene.order(agent);
  await scene.order(agent, { timeout: 86_400 });
  await report(agent, id, { code: 0, message: "fine" });
  await scene.clock.advance(HOUR_MS - 1);
  assert.equal((await scene.orders())[0]?.archived, false);
  await scene.clock.advance(1);
  const [archived, open] = await scene.orders();
  assert.deepEqual([archived?.document_id, archived?.archived], [id, true]);
  assert.equal(archived?.result?.message, "fine");
  assert.equal(open?.archived, false);
  assert.equal((await (await scene.manage("/manager/requests/1")).json()).success, 1);
  await scene.clock.advance(2 * HOUR_MS);
  assert.deepEqual((await scene.orders()).map(({ request_id }) => request_id), ["2"]);
  await assertRefused(await scene.manage("/manager/requests/1"), 404, 'No request "1"');
  const count = "SELECT count(*) AS commands FROM order_commands";
  assert.equal(scene.test.manager.store.database.prepare(count).get()?.commands, 1);
  assert.match(await scene.order(agent), /-3-1$/, "ids are not used twice");
});

Deno.test("many orders that are due together are all settled", async () => {
  await using scene = await Scene.open({ archiveAfterMs: HOUR_MS, removeAfterMs: HOUR_MS });
  await scene.agent("one");
  const commands = Array.from(
    { length: 12_000 },
    () => command({ target: { type: "group", id: "*" }, timeout: 10 }),
  );
  await scene.submit(...commands);
  const counts = async () => await (await scene.manage("/manager/requests/1")).json();
  await scene.clock.advance(10_000);
  assert.equal((await counts()).failure, 12_000);
  await scene.clock.advance(2 * HOUR_MS);
  assert.deepEqual(await scene.orders(), []);
});
