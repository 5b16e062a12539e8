import assert from "node:assert/strict";
import { encodeStateless } from "../../../src/shared/protocol/event_encoder.ts";
import { TempFolder } from "../../support/queues.ts";
import { StateScene } from "./support/state_scene.ts";

const NAMES = ["a", "b", "c"];
const operations = (scene: StateScene) =>
  scene.server.events.map(({ header, data }) => {
    const { test } = (data ?? {}) as { test?: { name: string } };
    return `${header.operation} ${test?.name ?? header.id.slice(0, 4)}`;
  });

Deno.test("a first scan creates a document for each thing, and tells people of none", async () => {
  using folder = new TempFolder();
  using scene = new StateScene(folder);
  await scene.adopt();
  const { signal } = scene;
  const tell = () => encodeStateless({ module: "test" }, { event: {} });
  const outcome = await scene.keeper.scan("things", NAMES.map((name) => scene.item(name)), {
    signal,
    tell,
  });
  assert.deepEqual(outcome, {
    items: 3,
    creates: 3,
    updates: 0,
    deletes: 0,
    over_limit: 0,
    complete: true,
  });
  await scene.deliver();
  assert.deepEqual(operations(scene).sort(), ["create a", "create b", "create c"]);
  assert.deepEqual(scene.shown(), { a: 1, b: 1, c: 1 });
  assert.equal(scene.queue.account("stateless").taken.events, 0);
});

Deno.test("a later scan sends what is new, changed and gone, and tells people of each", async () => {
  using folder = new TempFolder();
  using scene = new StateScene(folder);
  await scene.adopt();
  const { keeper, signal } = scene;
  await keeper.scan("things", NAMES.map((name) => scene.item(name)), { signal });
  await scene.deliver();
  const told: string[] = [];
  const outcome = await keeper.scan(
    "things",
    [scene.item("a"), scene.item("b", 2), scene.item("d")],
    {
      signal,
      tell: ({ operation, key, before, after }) => {
        told.push(`${operation} ${key} ${before?.data ?? "-"} ${JSON.stringify(after ?? null)}`);
        return encodeStateless({ module: "test" }, { event: { key } });
      },
    },
  );
  assert.deepEqual([outcome.creates, outcome.updates, outcome.deletes], [1, 1, 1]);
  await scene.deliver();
  assert.deepEqual(scene.shown(), { a: 1, b: 2, d: 1 });
  assert.deepEqual(told, [
    'update b {"test":{"name":"b","value":1}} {"test":{"name":"b","value":2}}',
    'create d - {"test":{"name":"d","value":1}}',
    'delete c {"test":{"name":"c","value":1}} null',
  ]);
  assert.equal(scene.queue.account("stateless").taken.events, 3);
});

Deno.test("a scan that finds nothing changed stores and sends nothing", async () => {
  using folder = new TempFolder();
  using scene = new StateScene(folder);
  await scene.adopt();
  const { keeper, signal } = scene;
  const items = Array.from(
    { length: 2_500 },
    (_, index) => scene.item(`thing ${String(index).padStart(5, "0")}`),
  );
  await keeper.scan("things", items, { signal });
  await scene.deliver();
  const taken = scene.queue.account("stateful").taken.events;
  for (let round = 0; round < 10; round++) {
    const { creates, updates, deletes } = await keeper.scan("things", items, { signal });
    assert.deepEqual([creates, updates, deletes], [0, 0, 0]);
  }
  assert.equal(scene.queue.account("stateful").taken.events, taken);
});

Deno.test("members that are counters are no change, and go along with the next one", async () => {
  using folder = new TempFolder();
  using scene = new StateScene(folder);
  scene.declaration = { ...scene.declaration, counters: ["net.bytes", "memory"] };
  await scene.adopt();
  const { keeper, signal } = scene;
  const item = (bytes: number, name: string) => ({
    key: "eth0",
    id: keeper.documentId("eth0"),
    document: { memory: { free: bytes }, net: { bytes, name } },
  });
  await keeper.scan("things", [item(1, "a")], { signal });
  await scene.deliver();
  await keeper.scan("things", [item(2, "a")], { signal });
  await scene.deliver();
  assert.equal(scene.server.events.length, 1);
  await keeper.scan("things", [item(3, "b")], { signal });
  await scene.deliver();
  const [document] = scene.server.of("test", "things").values();
  assert.deepEqual(document, {
    "@timestamp": "2026-01-01T00:00:00.000Z",
    memory: { free: 3 },
    net: { bytes: 3, name: "b" },
  });
});

Deno.test("a scan whose source fails or says that it saw a part deletes nothing, and the next one does", async () => {
  using folder = new TempFolder();
  using scene = new StateScene(folder);
  await scene.adopt();
  const { keeper, signal } = scene;
  const all = NAMES.map((name) => scene.item(name));
  await keeper.scan("things", all, { signal });
  function* failing() {
    yield scene.item("c", 2);
    throw new Error("database is being written");
  }
  const failed = await keeper.scan("things", failing(), { signal });
  assert.deepEqual(
    [failed.complete, failed.reason, failed.updates, failed.deletes],
    [false, "database is being written", 1, 0],
  );
  const partial = await keeper.scan("things", [scene.item("c", 2)], {
    signal,
    whyIncomplete: () => "one of two sources",
  });
  assert.deepEqual([partial.complete, partial.deletes], [false, 0]);
  await scene.deliver();
  assert.deepEqual(scene.shown(), { a: 1, b: 1, c: 2 });
  await keeper.scan("things", [scene.item("c", 2)], { signal });
  await scene.deliver();
  assert.deepEqual(scene.shown(), { c: 2 });
});

Deno.test("a scan that was never complete is a first scan again", async () => {
  using folder = new TempFolder();
  using scene = new StateScene(folder);
  await scene.adopt();
  const { keeper, signal } = scene;
  await keeper.scan("things", [scene.item("a")], { signal, whyIncomplete: () => "half" });
  const scan = await keeper.beginScan("things", { signal });
  assert.equal(scan.isFirst, true);
  await scan.finish({ items: 0 });
  assert.equal((await keeper.beginScan("things", { signal })).isFirst, false);
});

Deno.test("an aborted scan deletes nothing, and rejects with the signal's reason", async () => {
  using folder = new TempFolder();
  using scene = new StateScene(folder);
  await scene.adopt();
  const { keeper, signal } = scene;
  await keeper.scan("things", NAMES.map((name) => scene.item(name)), { signal });
  const stop = new AbortController();
  function* aborting() {
    yield scene.item("c");
    stop.abort("enough");
  }
  await assert.rejects(keeper.scan("things", aborting(), { signal: stop.signal }), /enough/);
  await scene.deliver();
  assert.deepEqual(scene.shown(), { a: 1, b: 1, c: 1 });
});

Deno.test("a scan refuses keys out of order or doubled, in the order of code points", async () => {
  using folder = new TempFolder();
  using scene = new StateScene(folder);
  await scene.adopt();
  const { keeper, signal } = scene;
  const scan = (...keys: string[]) =>
    keeper.scan("things", keys.map((key) => scene.item(key)), { signal });
  await assert.rejects(scan("b", "a"), /Keys are out of order: "a" after "b"/);
  await assert.rejects(scan("a", "a"), /out of order/);
  // By UTF-16 the second would come first.
  await scan("a", "\uffee", "😀");
  const { creates, updates, deletes } = await scan("a", "\uffee", "😀");
  assert.deepEqual([creates, updates, deletes], [0, 0, 0]);
});

Deno.test("what changes while a scan is under way is newer than what the scan saw", async () => {
  using folder = new TempFolder();
  using scene = new StateScene(folder);
  await scene.adopt();
  const { keeper, signal } = scene;
  await keeper.scan("things", NAMES.map((name) => scene.item(name)), { signal });
  async function* items() {
    yield scene.item("a");
    // The walk has passed "aa" and is about to tell an old "c"; "b" has just gone.
    await keeper.apply("things", [
      { item: scene.item("aa") },
      { item: scene.item("c", 3) },
      { gone: "b" },
    ], { signal });
    yield scene.item("b");
    yield scene.item("c", 2);
  }
  await keeper.scan("things", items(), { signal });
  await scene.deliver();
  assert.deepEqual(scene.shown(), { a: 1, aa: 1, c: 3 });
});

Deno.test("a change that is applied and then seen by a scan is told once", async () => {
  using folder = new TempFolder();
  using scene = new StateScene(folder);
  await scene.adopt();
  const { keeper, signal } = scene;
  await keeper.scan("things", [scene.item("a")], { signal });
  const tell = () => encodeStateless({ module: "test" }, { event: {} });
  await keeper.apply("things", [{ item: scene.item("a", 2) }], { signal, tell });
  await keeper.apply("things", [{ item: scene.item("a", 2) }], { signal, tell });
  await keeper.scan("things", [scene.item("a", 2)], { signal, tell });
  assert.equal(scene.queue.account("stateless").taken.events, 1);
});

Deno.test("beyond the most items nothing new is taken, and what is left out is counted", async () => {
  using folder = new TempFolder();
  using scene = new StateScene(folder);
  await scene.adopt();
  const { keeper, signal } = scene;
  const options = { signal, maxItems: 2 };
  const items = NAMES.map((name) => scene.item(name));
  assert.equal((await keeper.scan("things", items, options)).over_limit, 1);
  const { over_limit, deletes } = await keeper.scan("things", items.slice(1), options);
  assert.deepEqual([over_limit, deletes], [1, 1]);
  await keeper.scan("things", items.slice(1), options);
  await scene.deliver();
  assert.deepEqual(scene.shown(), { b: 1, c: 1 });
});

Deno.test("a thing whose document id changes has its old document deleted", async () => {
  using folder = new TempFolder();
  using scene = new StateScene(folder);
  await scene.adopt();
  const { keeper, signal } = scene;
  await keeper.scan("things", [scene.item("a")], { signal });
  await scene.deliver();
  const renamed = { ...scene.item("a", 2), id: keeper.documentId("other") };
  await keeper.scan("things", [renamed], { signal });
  await scene.deliver();
  assert.deepEqual([...scene.server.of("test", "things").keys()], [keeper.documentId("other")]);
});
