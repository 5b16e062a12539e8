import assert from "node:assert/strict";
import { askStart, poll, report, Scene } from "./scene.ts";

Deno.test("an order that its agent is on has its whole timeout from then on", async () => {
  await using scene = await Scene.open({ offerGraceMs: 5_000 });
  const agent = await scene.agent("one");
  const id = await scene.order(agent, { timeout: 10 });
  await poll(agent);
  await scene.clock.advance(9_000);
  await report(agent, id, { code: 2 });
  await scene.clock.advance(14_000);
  assert.equal((await scene.orders())[0]?.status, "sent", "23 s after it was sent");
  await report(agent, id, { code: 0, message: "done" });
  assert.equal((await scene.orders())[0]?.status, "success");
});

Deno.test("an agent that says again and again that it is on an order does not keep it open for ever", async () => {
  await using scene = await Scene.open({ offerGraceMs: 5_000 });
  const agent = await scene.agent("one");
  const id = await scene.order(agent, { timeout: 10 });
  await poll(agent);
  for (let second = 0; second < 15; second++) {
    await report(agent, id, { code: 2 });
    await scene.clock.advance(1_000);
  }
  assert.equal((await scene.orders())[0]?.status, "failure");
});

Deno.test("each offer says within which time the manager wants the order begun", async () => {
  await using scene = await Scene.open({ offerGraceMs: 5_000 });
  const agent = await scene.agent("one");
  await scene.order(agent, { timeout: 12 });
  const told: (number | undefined)[] = [];
  for (let offer = 0; offer < 3; offer++) {
    told.push((await poll(agent))[0]?.start_within);
    await scene.clock.advance(5_000);
  }
  assert.deepEqual(told, [12, 7, 2]);
});

Deno.test("an agent that asks may begin while the order is open, and has its whole timeout from then on", async () => {
  await using scene = await Scene.open({ offerGraceMs: 5_000 });
  const agent = await scene.agent("one");
  const id = await scene.order(agent, { timeout: 10 });
  assert.equal((await poll(agent))[0]?.confirm_start, true);
  await scene.clock.advance(14_000);
  const granted = { document_id: id, granted: true };
  assert.deepEqual(await askStart(agent, id), { ...granted, time_left: 15 });
  await scene.clock.advance(4_000);
  assert.deepEqual(await askStart(agent, id), { ...granted, time_left: 11 }, "the same again");
  await scene.clock.advance(10_000);
  assert.equal((await scene.orders())[0]?.status, "sent", "28 s after it was sent");
  await scene.clock.advance(1_000);
  assert.equal((await scene.orders())[0]?.status, "failure");
});

Deno.test("an order whose failure was told may not begin, nor that of another agent", async () => {
  await using scene = await Scene.open({ offerGraceMs: 5_000 });
  const [agent, other] = [await scene.agent("one"), await scene.agent("two")];
  const id = await scene.order(agent, { timeout: 10 });
  await poll(agent);
  const refused = { document_id: id, granted: false };
  assert.deepEqual(await askStart(other, id), { ...refused, reason: "no such order" });
  await scene.clock.advance(15_000);
  assert.deepEqual(await askStart(agent, id), { ...refused, reason: "it was given up" });
});
