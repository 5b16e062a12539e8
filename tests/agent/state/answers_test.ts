import assert from "node:assert/strict";
import { TempFolder } from "../../support/queues.ts";
import { StateScene } from "./support/state_scene.ts";

async function opened(folder: TempFolder): Promise<StateScene> {
  const scene = new StateScene(folder);
  await scene.adopt();
  return scene;
}

const HOUR_MS = 3_600_000;
const operations = ({ server }: StateScene) => server.events.map(({ header }) => header.operation);
const source = (scene: StateScene) =>
  scene.core.look((store) => store.sources.find("test", "things"));

Deno.test("create 409: done, and an update with what there is follows", async () => {
  using folder = new TempFolder();
  using scene = await opened(folder);
  const { id } = scene.item("a");
  scene.server.documents.set(`test things ${id}`, { test: { name: "a", value: "old" } });
  await scene.keeper.scan("things", [scene.item("a", "new")], { signal: scene.signal });
  await scene.deliver();
  assert.deepEqual(scene.shown(), { a: "new" });
  assert.deepEqual(operations(scene), ["update"]);
  assert.equal(scene.queue.deadLetters().events, 0);
});

Deno.test("create 409 in a batch with others: an update follows for that one only", async () => {
  using folder = new TempFolder();
  using scene = await opened(folder);
  await scene.keeper.scan("things", [scene.item("a")], { signal: scene.signal });
  await scene.deliver();
  const { id } = scene.item("c");
  scene.server.documents.set(`test things ${id}`, { test: { name: "c", value: "old" } });
  const items = ["a", "b", "c", "d"].map((name) => scene.item(name));
  await scene.keeper.scan("things", items, { signal: scene.signal });
  await scene.deliver();
  assert.deepEqual(scene.shown(), { a: 1, b: 1, c: 1, d: 1 });
  assert.deepEqual(operations(scene), ["create", "create", "create", "update"]);
});

Deno.test("update 404: sent again as create", async () => {
  using folder = new TempFolder();
  using scene = await opened(folder);
  await scene.keeper.scan("things", [scene.item("a"), scene.item("b")], { signal: scene.signal });
  await scene.deliver();
  scene.server.documents.clear();
  const items = [scene.item("a", 2), scene.item("b")];
  await scene.keeper.scan("things", items, { signal: scene.signal });
  await scene.deliver();
  assert.deepEqual(scene.shown(), { a: 2 });
  assert.equal(operations(scene).at(-1), "create");
});

Deno.test("delete 404: done", async () => {
  using folder = new TempFolder();
  using scene = await opened(folder);
  await scene.keeper.scan("things", [scene.item("a")], { signal: scene.signal });
  await scene.deliver();
  scene.server.documents.clear();
  await scene.keeper.scan("things", [], { signal: scene.signal });
  await scene.deliver();
  assert.deepEqual([scene.shown(), scene.queue.deadLetters().events], [{}, 0]);
  assert.equal(scene.queue.account("stateful").queued.events, 0);
});

Deno.test("a refused document is a dead letter, and is not sent again until it changes", async () => {
  using folder = new TempFolder();
  using scene = await opened(folder);
  const { keeper, server, signal } = scene;
  await keeper.scan("things", [scene.item("a")], { signal });
  await scene.deliver();
  server.rule = ({ data }) => (data?.test as { value: unknown })?.value === "bad" ? 400 : undefined;
  const items = [scene.item("a"), scene.item("b", "bad"), scene.item("c")];
  await keeper.scan("things", items, { signal });
  await scene.deliver();
  assert.deepEqual(scene.shown(), { a: 1, c: 1 });
  assert.equal(scene.queue.deadLetters().events, 1);
  const refused = () => scene.core.look((store) => store.refused.count(source(scene)?.number ?? 0));
  assert.equal(refused(), 1);
  const taken = scene.queue.account("stateful").taken.events;
  await keeper.scan("things", items, { signal });
  await scene.deliver();
  assert.equal(scene.queue.account("stateful").taken.events, taken);
  await keeper.scan("things", [scene.item("a"), scene.item("b", "good"), scene.item("c")], {
    signal,
  });
  await scene.deliver();
  assert.deepEqual([scene.shown(), refused()], [{ a: 1, b: "good", c: 1 }, 0]);
});

Deno.test("the first document that is told at all is refused: the source is taken, the document is not", async () => {
  using folder = new TempFolder();
  using scene = await opened(folder);
  scene.server.rule = ({ data }) => data && "test" in data ? 400 : undefined;
  await scene.keeper.scan("things", [scene.item("a")], { signal: scene.signal });
  await scene.deliver();
  assert.equal(source(scene)?.isKnown, true);
  assert.equal(scene.core.look((store) => store.refused.count(1)), 1);
});

Deno.test("a collector that the server does not know waits alone, with its words, and its states are not lost", async () => {
  using folder = new TempFolder();
  using scene = await opened(folder);
  const { clock, keeper, server, signal } = scene;
  const isUnknown = (collector: string) => collector === "things";
  server.refuse = (events) =>
    events.some(({ header }) => isUnknown(header.collector))
      ? { status: 400, reason: "collector: not one of the known ones" }
      : undefined;
  await keeper.scan("things", [scene.item("a"), scene.item("b")], { signal });
  await keeper.scan("others", [scene.item("c")], { signal });
  await scene.deliver();
  assert.deepEqual(scene.shown("others"), { c: 1 });
  assert.deepEqual(
    [source(scene)?.pauseReason, source(scene)?.pauseMs, scene.queue.deadLetters().events],
    ["400: collector: not one of the known ones", HOUR_MS, 0],
  );
  // It is left in peace until its pause is over; each pause is twice as long, up to a day.
  const pauses: number[] = [];
  for (let round = 0; round < 5; round++) {
    await clock.advance(source(scene)?.pauseMs ?? 0);
    await scene.deliver();
    pauses.push((source(scene)?.pauseMs ?? 0) / HOUR_MS);
  }
  assert.deepEqual(pauses, [2, 4, 8, 16, 24]);
  await keeper.scan("things", [scene.item("a", 2)], { signal });
  server.refuse = () => undefined;
  await clock.advance(24 * HOUR_MS);
  await scene.deliver();
  assert.deepEqual(scene.shown(), { a: 2 });
  assert.deepEqual([source(scene)?.isKnown, source(scene)?.pauseReason], [true, undefined]);
});

Deno.test("a server that stops taking a collector: what it refused is told once it takes it again", async () => {
  using folder = new TempFolder();
  using scene = await opened(folder);
  const { clock, keeper, server, signal } = scene;
  await keeper.scan("things", [scene.item("a"), scene.item("b")], { signal });
  await scene.deliver();
  server.refuse = () => ({ status: 400, reason: "module: unknown" });
  await keeper.scan("things", [scene.item("a", 2), scene.item("b", 2)], { signal });
  await scene.deliver();
  assert.equal(source(scene)?.pauseReason, "400: module: unknown");
  server.refuse = () => undefined;
  await clock.advance(HOUR_MS);
  await scene.deliver();
  assert.deepEqual(scene.shown(), { a: 2, b: 2 });
});

Deno.test("a lone document that spoils its request is found out, and the others arrive", async () => {
  using folder = new TempFolder();
  using scene = await opened(folder);
  const { clock, keeper, server, signal } = scene;
  server.refuse = (events) =>
    events.some(({ data }) => (data?.test as { value: unknown })?.value === "poison")
      ? { status: 400, reason: "cannot be parsed" }
      : undefined;
  const items = ["a", "b", "c", "d"].map((name) => scene.item(name, name === "b" ? "poison" : 1));
  await keeper.scan("things", items, { signal });
  await scene.deliver();
  await clock.advance(60_000);
  await scene.deliver();
  assert.deepEqual(scene.shown(), { a: 1, c: 1, d: 1 });
  assert.equal(scene.core.look((store) => store.refused.count(1)), 1);
});

Deno.test("what follows from an answer is written with it: a crash before or after changes nothing", async () => {
  using folder = new TempFolder();
  const { id } = new StateSceneId(folder);
  {
    using scene = await opened(folder);
    await scene.keeper.scan("things", [scene.item("z")], { signal: scene.signal });
    await scene.deliver();
    scene.server.documents.set(`test things ${id}`, {});
    await scene.keeper.apply("things", [{ item: scene.item("a") }], { signal: scene.signal });
    const batch = await scene.queue.claim("stateful", {
      limits: { max_events: 10, max_bytes: 10_000 },
      encoding: "identity",
      agent_line: "{}",
    });
    assert.ok(batch);
    await scene.queue.acknowledge(batch, { status: 200, existing: [0] });
  }
  using scene = await opened(folder);
  scene.server.documents.set(`test things ${id}`, {});
  await scene.deliver();
  assert.deepEqual(scene.shown(), { a: 1 });
});

/** The document id of "a", whoever has the folder. */
class StateSceneId {
  readonly id: string;

  constructor(_folder: TempFolder) {
    using other = new TempFolder();
    using scene = new StateScene(other);
    this.id = scene.item("a").id;
  }
}
