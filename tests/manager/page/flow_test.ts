import assert from "node:assert/strict";
import { FlowMeter } from "../../../src/manager/events/flow_meter.ts";
import { MemoryClock } from "../../support/fake_clock.ts";
import { eventsBody, numbered } from "../harness.ts";
import { openPage } from "./visitor.ts";

/** A figure of a view. */
function figureIn(text: string, kind: string): number {
  const [, value] = new RegExp(`data-figure="${kind}">.*?<data value="(\\d+)"`).exec(text) ?? [];
  assert.notEqual(value, undefined, kind);
  return Number(value);
}

const LOSS = {
  stream: "stateless",
  events: 7,
  bytes: 900,
  reason: "file_truncated",
  detail: "/var/log/<b>.log",
};

Deno.test("page: the flow counts what the API counts: stored, repeated, refused", async () => {
  const { manager, visitor } = await openPage();
  await using _manager = manager;
  const body = eventsBody(manager.agentId, ...numbered(5));
  await manager.postEvents(body, { key: "one" });
  await manager.postEvents(body, { key: "one" });
  await manager.postEvents(eventsBody(manager.agentId, ...numbered(2)), { key: "one" });
  await manager.postEvents("nonsense");
  const item = { module: "inventory", collector: "packages", id: "a", operation: "create" };
  await manager.postEvents(eventsBody(manager.agentId, item, { package: { name: "x" } }), {
    stream: "stateful",
  });
  const stats = await manager.stats();
  const text = await visitor.read("/page/flow");
  assert.equal(figureIn(text, "stateless"), stats.events.stateless);
  assert.equal(figureIn(text, "stateless"), 5);
  assert.equal(figureIn(text, "stateful"), stats.events.stateful);
  assert.equal(figureIn(text, "repeats"), stats.duplicates_suppressed);
  assert.equal(figureIn(text, "repeats"), 1);
  const { stateless } = stats.requests;
  assert.equal(figureIn(text, "refused"), stateless["422"] + stateless["400"]);
  assert.ok(!text.includes("What came by"), "there is no other manager");
  const nodes = await visitor.read("/page/nodes");
  assert.equal(figureIn(nodes, "documents"), stats.documents);
  assert.equal(figureIn(nodes, "open_polls"), stats.open_polls);
});

Deno.test("page: the picture without scripts is as wide as the time that its heading names", async () => {
  const { manager, visitor } = await openPage();
  await using _manager = manager;
  for (let seconds = 0; seconds < 60; seconds += 10) {
    await manager.postEvents(eventsBody(manager.agentId, ...numbered(1)));
    await manager.clock.advance(10_000);
  }
  const text = await visitor.read("/page/flow");
  assert.match(text, /the last 1 min/);
  const [, area = ""] = /class="area stateless" d="M0,200([^"]*)V200Z"/.exec(text) ?? [];
  const points = [...area.matchAll(/L(\d+),([\d.]+)/g)];
  const inFirstHalf = points.filter(([, x, y]) => Number(x) < 450 && Number(y) < 200);
  assert.ok(inFirstHalf.length >= 2, area);
});

Deno.test("page: what agents tell to be lost is shown, whatever they write in it", async () => {
  const { manager, visitor } = await openPage();
  await using _manager = manager;
  const header = { module: "agent", collector: "loss_ledger" };
  const notices = [LOSS, { events: -3, reason: { a: 1 } }, undefined, "x", [1]];
  const lines = notices.flatMap((loss) => [header, { event: { original: "…" }, loss }]);
  const answer = await manager.postEvents(eventsBody(manager.agentId, ...lines));
  assert.equal(answer.status, 204, await answer.text());
  const text = await visitor.read("/page/flow");
  assert.equal(figureIn(text, "lost"), 7);
  assert.ok(text.includes("5 notices since the start"));
  assert.ok(text.includes("file_truncated (/var/log/&lt;b&gt;.log)"));
});

Deno.test("FlowMeter has the last 15 minutes second by second, and forgets what is older", async () => {
  const clock = new MemoryClock();
  const meter = new FlowMeter(clock);
  meter.stored("stateless", 3);
  assert.deepEqual(meter.seconds(), []);
  await clock.advance(1_000);
  meter.stored("stateful", 2);
  meter.repeated();
  meter.refused();
  await clock.advance(2_500);
  const [first, second, third, ...others] = meter.seconds();
  assert.deepEqual([first?.stateless, second?.stateful, third?.stateful], [3, 2, 0]);
  assert.deepEqual([second?.repeats, second?.refused], [1, 1]);
  assert.deepEqual(others, []);
  assert.equal((second?.atMs ?? 0) - (first?.atMs ?? 0), 1_000);
  assert.deepEqual(meter.seconds(second?.atMs).map(({ atMs }) => atMs), [third?.atMs]);
  await clock.advance(900_000);
  assert.ok(meter.seconds().every(({ stateless, stateful }) => stateless + stateful === 0));
  assert.equal(meter.seconds().length, 899);
  assert.deepEqual([meter.totals().stateless, meter.totals().stateful], [3, 2]);
});

Deno.test("FlowMeter keeps the newest losses, all or those of one agent", () => {
  const meter = new FlowMeter(new MemoryClock());
  meter.lost("a", [LOSS]);
  for (let number = 0; number < 300; number++) meter.lost("b", [{ ...LOSS, events: number }]);
  assert.equal(meter.losses().length, 200);
  assert.equal(meter.losses("b")[0]?.events, 299);
  assert.deepEqual(meter.losses("a"), []);
  assert.equal(meter.totals().notices, 301);
});
