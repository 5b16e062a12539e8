import assert from "node:assert/strict";
import { ConnectionCut } from "../../src/manager/http/api_error.ts";
import { settle } from "../support/fake_clock.ts";
import { assertRefused, eventsBody, KEY, numbered, type TestManager } from "../manager/harness.ts";
import { openMock } from "./harness.ts";

function post(test: TestManager, key?: string): Promise<Response> {
  const body = eventsBody(test.agentId, ...numbered(1));
  return test.postEvents(body, key === undefined ? {} : { key });
}

async function statuses(test: TestManager, count: number): Promise<number[]> {
  const seen: number[] = [];
  for (let index = 0; index < count; index++) seen.push((await post(test)).status);
  return seen;
}

Deno.test("faults hit the same requests for the same seed, and others for another", async () => {
  const run = async (faultSeed: number) => {
    await using test = await openMock({ faults: ["events:503:0.2"], faultSeed });
    return await statuses(test, 200);
  };
  const first = await run(7);
  const hits = first.filter((status) => status === 503).length;
  assert.ok(hits > 20 && hits < 60, `${hits} of 200`);
  assert.deepEqual(await run(7), first);
  assert.notDeepEqual(await run(8), first);
});

Deno.test("a fault's draws do not depend on requests to other routes", async () => {
  const run = async (between: (test: TestManager) => Promise<unknown>) => {
    await using test = await openMock({ faults: ["events:503:0.5", "login:500:0.5"] });
    const seen: number[] = [];
    for (let index = 0; index < 20; index++) {
      seen.push((await post(test)).status);
      await between(test);
    }
    return seen;
  };
  const alone = await run(() => Promise.resolve());
  assert.deepEqual(await run((test) => test.logIn(test.agentId, KEY)), alone);
});

Deno.test("a status fault answers with its body and headers, and stores nothing", async () => {
  const faults = ["stateless:429:retry-after=2:message=slow down:code=9:times=1"];
  await using test = await openMock({ faults });
  const answer = await post(test);
  assert.equal(answer.headers.get("Retry-After"), "2");
  assert.equal(answer.headers.get("Date"), "Thu, 01 Jan 2026 00:00:00 GMT");
  assert.equal(answer.status, 429);
  assert.deepEqual(await answer.json(), { message: "slow down", code: 9 });
  assert.equal((await post(test)).status, 204, "it strikes once");
  const { events, requests } = await test.stats();
  assert.equal(events.stateless, 1);
  assert.deepEqual(requests.stateless, { 204: 1, 429: 1 });
});

Deno.test("drop-after-store stores the events and cuts the connection", async () => {
  await using test = await openMock({ faults: ["events:drop-after-store:times=1"] });
  await assert.rejects(post(test, "k1"), (error) => {
    assert.ok(error instanceof TypeError);
    assert.ok(error.cause instanceof ConnectionCut);
    return true;
  });
  assert.equal((await post(test, "k1")).status, 204);
  const { events, requests, duplicates_suppressed } = await test.stats();
  assert.deepEqual([events.stateless, duplicates_suppressed], [1, 1]);
  assert.deepEqual(requests.stateless, { 204: 1, cut: 1 });
});

Deno.test("drop-after-store leaves a refusal alone", async () => {
  await using test = await openMock({ faults: ["events:drop-after-store"] });
  assert.equal((await test.postEvents("no json")).status, 400);
});

Deno.test("reset cuts the connection before anything is stored", async () => {
  await using test = await openMock({ faults: ["events:reset"] });
  await assert.rejects(post(test), TypeError);
  assert.equal((await test.stats()).events.stateless, 0);
});

Deno.test("latency makes a request wait", async () => {
  await using test = await openMock({ faults: ["events:latency:200ms"] });
  let done = false;
  const answer = post(test).finally(() => done = true);
  await test.clock.advance(199);
  assert.equal(done, false);
  await test.clock.advance(1);
  assert.equal((await answer).status, 204);
});

Deno.test("slow-body sends an answer in pieces", async () => {
  await using test = await openMock({ agent: false, faults: ["all:slow-body:10s"] });
  const answer = await test.fetch("http://manager/api/v1/");
  assert.equal(answer.status, 200);
  let done = false;
  const body = answer.json().finally(() => done = true);
  await test.clock.advance(9_999);
  assert.equal(done, false);
  await test.clock.advance(1);
  assert.deepEqual(await body, { title: "Manager comms API" });
});

Deno.test("hang never answers, until the client goes away or the manager stops", async () => {
  await using test = await openMock({ faults: ["commands:hang"] });
  const client = new AbortController();
  const headers = { Authorization: `Bearer ${test.agentToken}` };
  const left = test.get("/api/v1/commands", { headers, signal: client.signal });
  const stayed = test.get("/api/v1/commands");
  await settle();
  client.abort();
  await assert.rejects(left, { name: "AbortError" });
  test.manager.endWaits();
  await assert.rejects(stayed, TypeError);
});

Deno.test("faults of all and of management leave the statistics alone", async () => {
  await using test = await openMock({
    agent: false,
    faults: ["all:503", "management:500:0"],
  });
  const token = await test.authenticate("wazuh:topsecret");
  await assertRefused(token, 503, "Injected fault");
  const stats = await test.fetch("http://manager/manager/stats");
  await assertRefused(stats, 401, "No token");
});

Deno.test("openManager() refuses a fault that it cannot read", async () => {
  await assert.rejects(openMock({ faults: ["events:never"] }), RangeError);
});
