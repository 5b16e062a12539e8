import assert from "node:assert/strict";
import { appendLocalEvents } from "../../../src/agent/app/local_events.ts";
import { rememberSettlements } from "../../../src/agent/app/remember_settlements.ts";
import { stoppedStatus } from "../../../src/agent/status/stopped_status.ts";
import { configSchema } from "../../../src/agent/config/schema.ts";
import { ControlClient } from "../../../src/agent/control/control_client.ts";
import { createControlApi } from "../../../src/agent/control/control_api.ts";
import { endpointIn, listen } from "../../../src/agent/control/endpoint.ts";
import { metricsText } from "../../../src/agent/status/metrics.ts";
import type { Queue } from "../../../src/agent/queue/queue.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { events, openQueue, roomy, TempFolder } from "../../support/queues.ts";

function apiOver(queue: Queue) {
  const config = configSchema().parse({});
  const settlements = rememberSettlements(queue, new FakeClock());
  return createControlApi({
    status: () => stoppedStatus(config, { identity: undefined, queue }, 0),
    metrics: metricsText,
    append: (stream, lines, signal) => appendLocalEvents(queue, { stream, lines, signal }),
    reload: () => Promise.resolve({ applied: ["log.level"], needs_restart: [] }),
    settlements,
  });
}

const post = (body: string) => ({ method: "POST", body });

Deno.test("POST /v1/events stores events and answers with their numbers", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  const response = await apiOver(queue).request("/v1/events/stateless", post(events(3).join("")));
  assert.equal(response.status, 201);
  assert.deepEqual(await response.json(), { stream: "stateless", first_event: 1, last_event: 3 });
  assert.equal(queue.account("stateless").queued.events, 3);
});

Deno.test("POST /v1/events names the line that is no event and stores nothing", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  const api = apiOver(queue);
  for (
    const [body, message] of [
      ["", /no events/],
      ["\n{}\nx", /Line 2 is not a JSON object/],
      ["\n{}\n{}\n1\n{}", /Line 3 is not/],
      ["no newline first", /no events/],
    ] as const
  ) {
    const response = await api.request("/v1/events/stateless", post(body));
    assert.equal(response.status, 400, body);
    assert.match((await response.json()).message, message);
  }
  assert.equal((await api.request("/v1/events/other", post("\n{}\n{}"))).status, 404);
  assert.equal(queue.account("stateless").taken.events, 0);
});

Deno.test("GET /v1/events tells what became of events once they are settled", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  const api = apiOver(queue);
  await api.request("/v1/events/stateless", post(events(2).join("")));
  const open = await (await api.request("/v1/events/stateless/1/2")).json();
  assert.equal(open.open_events, 2);
  const waiting = api.request("/v1/events/stateless/1/2?wait_ms=60000");
  const batch = await queue.claim("stateless", {
    limits: roomy,
    encoding: "identity",
    agent_line: "{}",
  });
  assert.ok(batch);
  await queue.acknowledge(batch, { status: 202 });
  const settled = await (await waiting).json();
  assert.equal(settled.acknowledged_events, 2);
  assert.deepEqual(settled.batches[0].status, 202);
});

Deno.test("GET /v1/metrics has a sample for each stream in the exposition format", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  await queue.append({ stream: "stateful", events: events(4) });
  const text = await (await apiOver(queue).request("/v1/metrics")).text();
  assert.match(text, /^agent_taken_events_total\{stream="stateful"\} 4$/m);
  assert.match(text, /^agent_queued_events\{stream="stateless"\} 0$/m);
  assert.match(text, /^# TYPE agent_acknowledged_events_total counter$/m);
});

Deno.test({
  name: "the local API can be opened by its owner only, and a socket left behind is replaced",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    using folder = new TempFolder();
    using queue = openQueue(folder);
    const api = apiOver(queue);
    const endpoint = endpointIn(folder.file("run"));
    assert.equal(endpoint.kind, "socket");
    Deno.mkdirSync(folder.file("run"));
    Deno.writeTextFileSync(folder.file("run/agent.sock"), "left behind");
    const listener = await listen(endpoint, (request) => api.fetch(request));
    const { mode } = Deno.statSync(folder.file("run/agent.sock"));
    assert.equal((mode ?? 0) & 0o777, 0o600);
    using client = ControlClient.to(endpoint);
    assert.equal((await client.status()).schema, 1);
    await assert.rejects(listen(endpoint, () => new Response()), {
      code: "folder_unusable",
      message: /Another agent answers/,
    });
    assert.equal(listener.isReachable(), true);
    Deno.removeSync(folder.file("run/agent.sock"));
    assert.equal(listener.isReachable(), false);
    await listener.close();
    await assert.rejects(client.status(), { code: "not_running" });
  },
});

Deno.test("on Windows the local API is a port with a token", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  const api = apiOver(queue);
  const endpoint = { kind: "port", file: folder.file("agent.port") } as const;
  assert.throws(() => ControlClient.to(endpoint), { code: "not_running" });
  const listener = await listen(endpoint, (request) => api.fetch(request));
  using client = ControlClient.to(endpoint);
  assert.equal((await client.status()).schema, 1);
  const { port } = JSON.parse(Deno.readTextFileSync(endpoint.file));
  const stranger = await fetch(`http://127.0.0.1:${port}/v1/status`);
  await stranger.body?.cancel();
  assert.equal(stranger.status, 401);
  await listener.close();
});
