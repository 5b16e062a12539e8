import assert from "node:assert/strict";
import { FlowGate } from "../../../../src/manager/cluster/events/flow_gate.ts";

const AT_ONCE = 32;

/** Work that lasts until it is told to end. */
function work(begun: number[], number: number) {
  const end = Promise.withResolvers<number>();
  return { end: () => end.resolve(number), run: () => (begun.push(number), end.promise) };
}

Deno.test("FlowGate lets so many through at a time, the others in the order in which they came", async () => {
  const gate = new FlowGate();
  const begun: number[] = [];
  const works = Array.from({ length: AT_ONCE + 3 }, (_, number) => work(begun, number));
  const all = works.map(({ run }) => gate.run(1, run));
  await Promise.resolve();
  assert.equal(begun.length, AT_ONCE);
  works[5]?.end();
  works[7]?.end();
  assert.deepEqual(await Promise.all([all[5], all[7]]), [5, 7]);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.deepEqual(begun.slice(AT_ONCE), [AT_ONCE, AT_ONCE + 1]);
  for (const { end } of works) end();
  assert.equal((await Promise.all(all)).length, AT_ONCE + 3);
});

Deno.test("FlowGate refuses what would wait behind more than it has room for, but takes any one alone", async () => {
  const gate = new FlowGate();
  const first = work([], 0);
  const running = gate.run(100 * 1_024 * 1_024, first.run);
  await assert.rejects(gate.run(1, () => Promise.resolve()), { name: "StoreUnavailable" });
  first.end();
  await running;
  await gate.run(1, () => Promise.resolve());
});

Deno.test("FlowGate sends away whose turn does not come, and has the next one go on after it", async () => {
  const gate = new FlowGate(0);
  const begun: number[] = [];
  const works = Array.from({ length: AT_ONCE + 1 }, (_, number) => work(begun, number));
  const all = works.map(({ run }) => gate.run(1, run));
  await assert.rejects(all[AT_ONCE] as Promise<number>, { name: "StoreUnavailable" });
  for (const { end } of works) end();
  await Promise.allSettled(all);
  assert.equal(await gate.run(1, () => Promise.resolve("next")), "next");
  assert.equal(begun.length, AT_ONCE);
});
