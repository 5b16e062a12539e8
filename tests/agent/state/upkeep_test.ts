import assert from "node:assert/strict";
import { settle } from "../../support/fake_clock.ts";
import { TempFolder } from "../../support/queues.ts";
import { DocumentServer, StateScene } from "./support/state_scene.ts";

async function opened(
  folder: TempFolder,
  options: ConstructorParameters<typeof StateScene>[1] = {},
): Promise<StateScene> {
  const scene = new StateScene(folder, options);
  await scene.adopt();
  return scene;
}

const HOUR_MS = 3_600_000;
const names = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => `n${String(from + index).padStart(6, "0")}`);

Deno.test("a first scan fills the stateful stream up to its window only, and a command's result is next", async () => {
  using folder = new TempFolder();
  using scene = await opened(folder);
  scene.options = { ...scene.options, window: 100 };
  const { keeper, signal } = scene;
  await keeper.scan("things", [scene.item("a")], { signal });
  await scene.deliver();
  const items = [scene.item("a"), ...names(3_000).map((name) => scene.item(name))];
  const { creates } = await keeper.scan("things", items, { signal });
  assert.equal(creates, 3_000);
  assert.equal(scene.queue.account("stateful").queued.events, 100);
  await scene.deliver({ maxEvents: 50 });
  assert.equal(Object.keys(scene.shown()).length, 3_001);
  assert.equal(scene.queue.account("stateful").queued.events, 0);
});

Deno.test("a thing that changes often while the server is away is told once, as it is in the end", async () => {
  using folder = new TempFolder();
  using scene = await opened(folder);
  const { keeper, server, signal } = scene;
  scene.options = { ...scene.options, window: 1 };
  await keeper.scan("things", [scene.item("a"), scene.item("b"), scene.item("c")], { signal });
  await scene.deliver();
  server.isAway = true;
  server.events.length = 0;
  for (let value = 2; value < 12; value++) {
    await keeper.scan("things", [scene.item("a", value), scene.item("b", value)], { signal });
  }
  await keeper.scan("things", [scene.item("a", "end"), scene.item("c", "back")], { signal });
  server.isAway = false;
  await scene.deliver();
  assert.deepEqual(scene.shown(), { a: "end", c: "back" });
  // One of "a" went into the window before it was full.
  assert.ok(server.events.length <= 4, `${server.events.length} events`);
});

Deno.test("a thing that comes and goes while the server is away is never told", async () => {
  using folder = new TempFolder();
  using scene = await opened(folder);
  const { keeper, server, signal } = scene;
  scene.options = { ...scene.options, window: 1 };
  await keeper.scan("things", [scene.item("a")], { signal });
  await scene.deliver();
  server.isAway = true;
  server.events.length = 0;
  await keeper.scan("things", [scene.item("a", 2), scene.item("b")], { signal });
  await keeper.scan("things", [scene.item("a", 2)], { signal });
  server.isAway = false;
  await scene.deliver();
  assert.deepEqual(server.events.map(({ header }) => header.operation), ["update"]);
});

Deno.test("a collector that is turned off has its documents deleted, in pages, and begins anew when it is on", async () => {
  using folder = new TempFolder();
  using scene = await opened(folder);
  const { keeper, signal } = scene;
  const items = names(2_500).map((name) => scene.item(name));
  await keeper.scan("things", items, { signal });
  await scene.deliver();
  assert.equal(Object.keys(scene.shown()).length, 2_500);
  scene.declaration = { ...scene.declaration, isActive: false };
  scene.upkeep.reconcile();
  await scene.deliver();
  assert.deepEqual(scene.shown(), {});
  assert.deepEqual(keeper.page("things", "", 10), []);
  scene.declaration = { ...scene.declaration, isActive: true };
  scene.upkeep.reconcile();
  const scan = await keeper.beginScan("things", { signal });
  assert.equal(scan.isFirst, true);
  scan.end();
  await keeper.scan("things", items.slice(0, 3), { signal });
  await scene.deliver();
  assert.equal(Object.keys(scene.shown()).length, 3);
});

Deno.test("documents that are to be kept stay at the server while their module is off, and are taken up again", async () => {
  using folder = new TempFolder();
  using scene = await opened(folder);
  const { keeper, server, signal } = scene;
  await keeper.scan("things", [scene.item("a"), scene.item("b")], { signal });
  await scene.deliver();
  assert.deepEqual(await scene.upkeep.keep("test"), ["things"]);
  scene.declaration = { ...scene.declaration, isActive: false };
  scene.upkeep.reconcile();
  await scene.deliver();
  assert.deepEqual(scene.shown(), { a: 1, b: 1 });
  scene.declaration = { ...scene.declaration, isActive: true };
  scene.upkeep.reconcile();
  await scene.deliver();
  server.events.length = 0;
  await keeper.scan("things", [scene.item("a")], { signal });
  await scene.deliver();
  assert.deepEqual(server.events.map(({ header }) => header.operation), ["delete"]);
});

Deno.test("a comparison that is asked for does not wait for its time", async () => {
  using folder = new TempFolder();
  using scene = await opened(folder);
  await scene.keeper.scan("things", [scene.item("a")], { signal: scene.signal });
  await scene.deliver();
  scene.server.documents.clear();
  assert.deepEqual(scene.upkeep.resync("test"), ["things"]);
  await scene.deliver();
  assert.deepEqual(scene.shown(), { a: 1 });
});

Deno.test("what a module covers no more is dropped, here and at the server", async () => {
  using folder = new TempFolder();
  using scene = await opened(folder);
  const { keeper, signal } = scene;
  await keeper.scan("things", names(1_500).map((name) => scene.item(name)), { signal });
  await scene.deliver();
  const dropped = await keeper.drop("things", { signal, keeps: (key) => key.endsWith("7") });
  await scene.deliver();
  assert.equal(dropped, 1_350);
  assert.equal(Object.keys(scene.shown()).length, 150);
});

Deno.test("another identity forgets all states, takes back what waits of them, and tells everything anew", async () => {
  using folder = new TempFolder();
  const server = new DocumentServer();
  {
    using scene = await opened(folder, { server });
    await scene.keeper.scan("things", [scene.item("a")], { signal: scene.signal });
    await scene.deliver();
    await scene.keeper.scan("things", [scene.item("a"), scene.item("b")], { signal: scene.signal });
    const other = '\n{"module":"command","id":"1","operation":"update"}\n{"command":{}}';
    await scene.queue.append({ stream: "stateful", events: [other] });
  }
  server.documents.clear();
  server.events.length = 0;
  server.rule = ({ header }) => header.module === "command" ? 200 : undefined;
  using scene = await opened(folder, { server, agentId: "agent-2" });
  const { queued, dropped } = scene.queue.account("stateful");
  assert.deepEqual([queued.events, dropped.events], [1, 1]);
  const scan = await scene.keeper.beginScan("things", { signal: scene.signal });
  assert.equal(scan.isFirst, true);
  scan.end();
  await scene.keeper.scan("things", [scene.item("a"), scene.item("b")], { signal: scene.signal });
  await scene.deliver();
  assert.deepEqual(scene.shown(), { a: 1, b: 1 });
  assert.deepEqual(
    server.events.map(({ header }) => `${header.module} ${header.operation}`).sort(),
    ["command update", "test create", "test create"],
  );
});

Deno.test("the same identity keeps its states over a restart", async () => {
  using folder = new TempFolder();
  const server = new DocumentServer();
  {
    using scene = await opened(folder, { server });
    await scene.keeper.scan("things", [scene.item("a")], { signal: scene.signal });
    await scene.deliver();
  }
  using scene = await opened(folder, { server });
  const { creates } = await scene.keeper.scan("things", [scene.item("a")], {
    signal: scene.signal,
  });
  assert.equal(creates, 0);
});

Deno.test("a comparison finds what the server lost, changed and has too much, and mends just that", async () => {
  using folder = new TempFolder();
  using scene = await opened(folder);
  const { clock, keeper, server, signal } = scene;
  const all = names(1_200);
  await keeper.scan("things", all.map((name) => scene.item(name)), { signal });
  await scene.deliver();
  const key = (name: string) => `test things ${scene.item(name).id}`;
  server.documents.delete(key(all[3] ?? ""));
  server.documents.set(key(all[7] ?? ""), { test: { name: all[7], value: "wrong" } });
  server.documents.set(key("surplus"), { test: { name: "surplus", value: 1 } });
  server.events.length = 0;
  await clock.advance(24 * HOUR_MS);
  await scene.deliver();
  assert.deepEqual(scene.shown(), Object.fromEntries(all.map((name) => [name, 1])));
  assert.deepEqual(server.events.map(({ header }) => header.operation).sort(), [
    "create",
    "delete",
    "update",
  ]);
  assert.equal(scene.core.counters.of(1).inSync?.says, "no");
  await clock.advance(60_000);
  await scene.deliver();
  assert.equal(scene.core.counters.of(1).inSync?.says, "yes");
});

Deno.test("counters do not make a difference between agent and server", async () => {
  using folder = new TempFolder();
  using scene = await opened(folder);
  scene.declaration = { ...scene.declaration, counters: ["test.value"] };
  await scene.keeper.scan("things", [scene.item("a", 1)], { signal: scene.signal });
  await scene.deliver();
  await scene.keeper.scan("things", [scene.item("a", 2)], { signal: scene.signal });
  await scene.clock.advance(24 * HOUR_MS);
  await scene.deliver();
  assert.equal(scene.core.counters.of(1).inSync?.says, "yes");
});

Deno.test("documents of schema 5.0 have checksum and version, and compare as the same", async () => {
  using folder = new TempFolder();
  using scene = await opened(folder);
  scene.options = { ...scene.options, schema: "5.0" };
  await scene.keeper.scan("things", [scene.item("a")], { signal: scene.signal });
  await scene.keeper.scan("things", [scene.item("a", 2)], { signal: scene.signal });
  await scene.deliver();
  const [document] = scene.server.of("test", "things").values();
  assert.match(
    String((document?.checksum as { hash: { sha1: string } }).hash.sha1),
    /^[0-9a-f]{40}$/,
  );
  assert.deepEqual(document?.state, {
    document_version: 2,
    modified_at: "2026-01-01T00:00:00.000Z",
  });
  assert.equal("@timestamp" in (document ?? {}), false);
  await scene.clock.advance(24 * HOUR_MS);
  await scene.deliver();
  assert.equal(scene.core.counters.of(1).inSync?.says, "yes");
});

Deno.test("a server that cannot compare gets a part of everything each hour, if that is asked for", async () => {
  using folder = new TempFolder();
  using scene = await opened(folder);
  const { clock, keeper, server, signal } = scene;
  server.canCompare = false;
  await keeper.scan("things", names(240).map((name) => scene.item(name)), { signal });
  await scene.deliver();
  server.documents.clear();
  await clock.advance(25 * HOUR_MS);
  await scene.deliver();
  assert.deepEqual(scene.shown(), {}, "resync is off");
  scene.options = { ...scene.options, resync: "rolling" };
  await clock.advance(24 * HOUR_MS);
  await scene.deliver();
  for (let hour = 0; hour < 25; hour++) {
    await clock.advance(HOUR_MS);
    await scene.deliver();
  }
  assert.equal(Object.keys(scene.shown()).length, 240);
});

Deno.test("stateful events that the queue dropped are told again", async () => {
  using folder = new TempFolder();
  using scene = await opened(folder);
  const { clock, keeper, server, signal, queue } = scene;
  server.canCompare = false;
  await keeper.scan("things", [scene.item("a"), scene.item("b")], { signal });
  await scene.deliver();
  await keeper.scan("things", [scene.item("a", 2), scene.item("b", 2)], { signal });
  await queue.transact(({ withdraw }) =>
    withdraw({ stream: "stateful", matches: () => true, reason: "disk", detail: "" })
  );
  await clock.advance(60_000);
  await scene.deliver();
  assert.deepEqual(scene.shown(), { a: 2, b: 2 });
});

Deno.test("losses of the queue are noticed within a minute, also when nothing else happens", async () => {
  using folder = new TempFolder();
  using scene = await opened(folder);
  scene.options = { ...scene.options, integrityIntervalMs: 720 * HOUR_MS };
  await scene.keeper.scan("things", [scene.item("a")], { signal: scene.signal });
  await scene.deliver();
  await scene.clock.advance(120_000);
  await scene.deliver();
  const stop = new AbortController();
  const running = scene.upkeep.run(stop.signal);
  await settle();
  assert.equal(scene.clock.nextWakeIn(), 60_000);
  stop.abort("done");
  await running;
});

Deno.test("a full queue takes no states into the room that is kept for what matters, and loses none", async () => {
  using folder = new TempFolder();
  const max = { events: 50, bytes: 1_000_000 };
  using scene = await opened(folder, { max, onFull: "drop_newest" });
  const { keeper, server, signal, queue } = scene;
  await keeper.scan("things", [scene.item("a")], { signal });
  await scene.deliver();
  server.isAway = true;
  const filler = Array.from({ length: 50 }, () => '\n{"module":"m","collector":"c"}\n{}');
  await queue.append({ stream: "stateless", events: filler });
  const stop = new AbortController();
  const scanned = keeper.scan("things", [scene.item("a", 2)], { signal: stop.signal });
  await new Promise((done) => setTimeout(done));
  assert.equal(queue.account("stateful").dropped.events, 0);
  stop.abort("enough");
  await assert.rejects(scanned, /enough/);
});

Deno.test("while no module keeps states the background work ends at once and sets no timer", async () => {
  using folder = new TempFolder();
  using scene = await opened(folder);
  const stop = new AbortController();
  const running = scene.upkeep.run(stop.signal);
  await new Promise((done) => setTimeout(done));
  assert.equal(scene.clock.nextWakeIn(), undefined);
  stop.abort("done");
  await running;
});
