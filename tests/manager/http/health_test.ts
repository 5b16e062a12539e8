import assert from "node:assert/strict";
import { startingApp } from "../../../src/manager/http/health.ts";
import { Readiness } from "../../../src/manager/readiness.ts";
import { startManager } from "../../../src/manager/server.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { eventsBody, numbered, TestClient, TestManager } from "../harness.ts";

const URLS = ["http://manager/health", "http://manager/ready"];

/** A manager that listens, by a clock that stands still. */
async function listening({ drainDelayMs = 0 } = {}) {
  const clock = new FakeClock();
  const running = await startManager({
    ...{ http: true, managementPort: 0, commsPort: 0, clock, drainDelayMs },
    // Nothing watches connections: with a clock that jumps they would be cut.
    ...{ maxConnections: 0, maxConnectionsPerAddress: 0 },
  });
  const client = new TestClient(fetch, running.managementUrl, running.commsUrl);
  return { clock, running, client: await client.enrol() };
}

async function bodyOf(answer: Response) {
  return { status: answer.status, ...await answer.json() };
}

Deno.test("GET /health and GET /ready are answered at both ports, to anybody", async () => {
  const { running } = await listening();
  await using _running = running;
  for (const url of [running.managementUrl, running.commsUrl]) {
    assert.deepEqual(await bodyOf(await fetch(`${url}/health`)), { status: 200, alive: true });
    assert.deepEqual(await bodyOf(await fetch(`${url}/ready`)), { status: 200, ready: true });
    const head = await fetch(`${url}/ready`, { method: "HEAD" });
    assert.deepEqual([head.status, await head.text()], [200, ""]);
  }
});

Deno.test("a manager that drains says so to who asks whether it is ready, and that it lives", async () => {
  await using test = await TestManager.open({ agent: false });
  await test.manager.drain();
  const [health, ready] = await Promise.all(URLS.map((url) => test.fetch(url)));
  assert.equal((await health?.json())?.alive, true);
  assert.equal(ready?.status, 503);
  assert.deepEqual(await ready?.json(), {
    ready: false,
    reason: "draining",
    message: "The manager is stopping",
    since: new Date(test.clock.now()).toISOString(),
  });
});

Deno.test("a port whose manager starts lives, is not ready, and asks everybody else to come again", async () => {
  const clock = new FakeClock();
  const app = startingApp("comms", new Readiness(clock));
  assert.equal((await app.request("/health")).status, 200);
  const ready = await app.request("/ready");
  assert.deepEqual([ready.status, (await ready.json()).reason], [503, "starting"]);
  const other = await app.request("/api/v1/events/stateless", { method: "POST", body: "{}" });
  assert.deepEqual([other.status, other.headers.get("Retry-After")], [503, "2"]);
});

Deno.test("stop() goes on to take requests while a balancer has not seen yet that it is not ready", async () => {
  const { clock, running, client } = await listening({ drainDelayMs: 5_000 });
  const ready = () => fetch(`${running.commsUrl}/ready`);
  assert.equal((await bodyOf(await ready())).ready, true);
  const poll = client.get("/api/v1/commands");
  while (running.manager.polls.size === 0) await new Promise((done) => setTimeout(done, 5));
  const stopping = running.stop();
  const ended = await poll;
  assert.deepEqual(await bodyOf(ended), { status: 200, commands: [] });
  assert.equal(ended.headers.get("Connection"), "close");
  assert.equal((await bodyOf(await ready())).reason, "draining");
  const taken = await client.postEvents(eventsBody(client.agentId, ...numbered(3)), { key: "k" });
  assert.deepEqual([taken.status, taken.headers.get("Connection")], [204, "close"]);
  const late = await client.get("/api/v1/commands");
  assert.ok(Number(late.headers.get("Retry-After")) >= 1);
  assert.deepEqual(await bodyOf(late), {
    status: 503,
    message: "The manager is stopping",
    code: 503,
  });
  await clock.advance(5_000);
  await stopping;
  await assert.rejects(ready(), TypeError);
});

Deno.test("stop() waits for nobody when nobody asks whether the manager is ready", async () => {
  const { clock, running } = await listening({ drainDelayMs: 5_000 });
  await (await fetch(`${running.commsUrl}/ready`)).text();
  await clock.advance(60_000);
  await running.stop();
});
