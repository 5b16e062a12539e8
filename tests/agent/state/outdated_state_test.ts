import assert from "node:assert/strict";
import { orderLetters } from "../../../src/agent/queue/letter_orders.ts";
import { QueueReader } from "../../../src/agent/queue/inspection/queue_reader.ts";
import { outdatedStates } from "../../../src/agent/state/outdated_state.ts";
import { stateStatuses } from "../../../src/agent/state/state_status.ts";
import { STATE_SCHEMA } from "../../../src/agent/state/schema.ts";
import { TempFolder } from "../../support/queues.ts";
import { StateScene } from "./support/state_scene.ts";

function retryAll({ queue, clock, declaration: { counters } }: StateScene) {
  const selection = { all: true } as const;
  return orderLetters(queue, {
    order: "retry",
    selection,
    nowMs: clock.now(),
    outdated: outdatedStates(() => counters),
  });
}

/** A server that has refused the documents `a` and `b`, and takes everything from now on. */
async function refused(folder: TempFolder): Promise<StateScene> {
  const scene = new StateScene(folder);
  await scene.adopt();
  await scene.keeper.scan("things", [scene.item("c")], { signal: scene.signal });
  await scene.deliver();
  scene.server.rule = ({ data }) => data === undefined || "c" === nameIn(data) ? undefined : 400;
  const items = ["a", "b", "c"].map((name) => scene.item(name));
  await scene.keeper.scan("things", items, { signal: scene.signal });
  await scene.deliver();
  assert.equal(scene.queue.deadLetters().events, 2);
  scene.server.rule = () => undefined;
  return scene;
}

function nameIn(data: Record<string, unknown>): unknown {
  return (data.test as { name: string }).name;
}

Deno.test("retry of dead letters sends a document that the machine still has, and none that it has otherwise by now", async () => {
  using folder = new TempFolder();
  using scene = await refused(folder);
  const items = [scene.item("a", "newer"), scene.item("b"), scene.item("c")];
  await scene.keeper.scan("things", items, { signal: scene.signal });
  await scene.deliver();
  assert.deepEqual(scene.shown(), { a: "newer", c: 1 });
  const { letters, events, outdated_events, skipped } = await retryAll(scene);
  assert.deepEqual([letters, events, outdated_events, skipped], [2, 2, 1, []]);
  await scene.deliver();
  assert.deepEqual(scene.shown(), { a: "newer", b: 1, c: 1 });
  assert.equal(scene.queue.deadLetters().events, 0);
  using reader = QueueReader.open(folder.file("agent.db"), [STATE_SCHEMA]);
  const told = [...reader.losses()].map(({ events, reason }) => [events, reason]);
  assert.deepEqual(told, [[1, "dead letter older than what the server was told since"]]);
});

Deno.test("retry of dead letters brings back no document that the machine has no more", async () => {
  using folder = new TempFolder();
  using scene = await refused(folder);
  await scene.keeper.scan("things", [scene.item("c")], { signal: scene.signal });
  await scene.deliver();
  const { outdated_events } = await retryAll(scene);
  await scene.deliver();
  assert.deepEqual([outdated_events, scene.shown()], [2, { c: 1 }]);
});

Deno.test("retry of dead letters sends a document of which only counters have changed, and it is refused no more", async () => {
  using folder = new TempFolder();
  using scene = new StateScene(folder);
  await scene.adopt();
  scene.declaration = { ...scene.declaration, counters: ["test.value"] };
  const { signal } = scene;
  await scene.keeper.scan("things", [scene.item("c")], { signal });
  await scene.deliver();
  scene.server.rule = ({ data }) =>
    nameIn(data ?? { test: { name: "" } }) === "a" ? 400 : undefined;
  await scene.keeper.scan("things", [scene.item("a", 1), scene.item("c")], { signal });
  await scene.deliver();
  scene.server.rule = () => undefined;
  await scene.keeper.scan("things", [scene.item("a", 2), scene.item("c")], { signal });
  const refused = () => stateStatuses(scene.core, "test")[0]?.refused;
  assert.equal(refused(), 1);
  const { events, outdated_events } = await retryAll(scene);
  await scene.deliver();
  assert.deepEqual([events, outdated_events, refused()], [1, 0, 0]);
  assert.deepEqual(scene.shown(), { a: 1, c: 1 });
});

Deno.test("a document with a checksum of its own is known again when its dead letter is retried", async () => {
  using folder = new TempFolder();
  using scene = new StateScene(folder);
  scene.options = { ...scene.options, schema: "5.0" };
  await scene.adopt();
  const checksum = { hash: { sha1: "0".repeat(40) } };
  const items = ["a", "b"].map((name) => {
    const item = scene.item(name);
    return { ...item, document: { checksum, ...item.document } };
  });
  await scene.keeper.scan("things", items.slice(1), { signal: scene.signal });
  await scene.deliver();
  scene.server.rule = ({ data }) => data && nameIn(data) === "a" ? 400 : undefined;
  await scene.keeper.scan("things", items, { signal: scene.signal });
  await scene.deliver();
  scene.server.rule = () => undefined;
  const { events, outdated_events } = await retryAll(scene);
  assert.deepEqual([events, outdated_events], [1, 0]);
});
