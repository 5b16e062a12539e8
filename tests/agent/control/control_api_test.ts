import assert from "node:assert/strict";
import { ControlClient } from "../../../src/agent/control/control_client.ts";
import { errorAnswer } from "../../../src/agent/control/error_body.ts";
import { endpointIn, listen } from "../../../src/agent/control/endpoint.ts";
import { AgentError } from "../../../src/shared/errors.ts";
import { apiOver } from "../../support/local_api.ts";
import { events, openQueue, roomy, TempFolder } from "../../support/queues.ts";

const HEADER = `{"module":"agent"}`;
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
      [`\n${HEADER}\nx`, /^Line 2 is not a JSON object$/],
      [`\n${HEADER}\n{}\n1\n{}`, /^Line 3 is not a JSON object$/],
      [`\n${HEADER}\n{}\n{}\n{}`, /^Line 3 is not as it must be: "module": expected string/],
      [`\n${HEADER}`, /^Line 2 is missing: the data of the last event$/],
      ["no newline first", /no events/],
    ] as const
  ) {
    const response = await api.request("/v1/events/stateless", post(body));
    assert.equal(response.status, 400, body);
    const error = await response.json();
    assert.match(error.message, message);
    assert.equal(error.code, "usage");
    assert.match(error.hint, /^send /);
  }
  assert.equal((await api.request("/v1/events/other", post("\n{}\n{}"))).status, 404);
  assert.equal(queue.account("stateless").taken.events, 0);
});

Deno.test("whatever is asked of the local API in a wrong way is said in code, message and hint, and is no fault of the agent", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  const api = apiOver(queue);
  const asked = [
    ["POST", "/v1/events/stateful", "\nnull", 400],
    ["POST", "/v1/events/stateful", "\n[]", 400],
    ["POST", "/v1/events/stateful", `\n{"module":"m","id":"1","operation":"move"}\n{}`, 400],
    ["POST", "/v1/events/stateless", `\n{"module":7}\n{}`, 400],
    ["POST", "/v1/events/stateless", `\n${HEADER}\nnull`, 400],
    ["POST", "/v1/events/stateless", "\n\u{0}", 400],
    ["POST", "/v1/events/constructor", `\n${HEADER}\n{}`, 404],
    ["GET", "/v1/events/stateless/2/1", undefined, 400],
    ["GET", "/v1/events/stateless/0/1", undefined, 400],
    ["GET", "/v1/events/stateless/a/b", undefined, 400],
    ["GET", "/v1/events/stateless/1/99999999999999999999", undefined, 400],
    ["GET", "/v1/events/stateless/1/2?wait_ms=soon", undefined, 400],
    ["GET", "/v1/events/stateless/1/2?wait_ms=-1", undefined, 400],
    ["DELETE", "/v1/status", undefined, 405],
    ["GET", "/v1/modules/fim/pause", undefined, 405],
    ["PUT", "/v1/events/stateless", undefined, 405],
    ["GET", "/", undefined, 404],
  ] as const;
  for (const [method, path, body, status] of asked) {
    const response = await api.request(path, { method, ...(body !== undefined && { body }) });
    const error = await response.json();
    const seen = `${method} ${path}: ${JSON.stringify(error)}`;
    assert.equal(response.status, status, seen);
    assert.deepEqual(Object.keys(error), ["code", "message", "hint"], seen);
    assert.equal(error.code, "usage", seen);
    assert.ok(error.message !== "" && error.hint, seen);
  }
  const large = await api.request("/v1/events/stateless", post("\n".repeat(16 * 1024 * 1024 + 1)));
  assert.deepEqual([large.status, (await large.json()).code], [413, "usage"]);
});

Deno.test("the local API names the methods of a path, and every resource to who asks for none", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  const api = apiOver(queue);
  const wrong = await api.request("/v1/reload");
  assert.deepEqual([wrong.status, wrong.headers.get("Allow")], [405, "POST"]);
  assert.equal((await wrong.json()).hint, "POST /v1/reload");
  const { hint } = await (await api.request("/v2")).json();
  for (
    const resource of ["GET /v1/status", "POST /v1/modules/:name/pause", "POST /v1/queue/purge"]
  ) {
    assert.ok(hint.includes(resource), resource);
  }
  const long = await (await api.request(`/${"x".repeat(60_000)}`)).json();
  assert.ok(long.message.length < 300);
});

Deno.test("what cannot be done as things stand is no fault of the agent either", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  const response = await apiOver(queue).request("/v1/dead-letters/retry", post('{"ids":[1]}'));
  assert.deepEqual([response.status, (await response.json()).message], [
    409,
    "There is no dead letter 1",
  ]);
});

Deno.test("a stateful delete is one line, and events are cut where they end", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  const header = (operation: string) => `{"module":"m","id":"1","operation":"${operation}"}`;
  const body = `\n${header("delete")}\n${header("create")}\n{"a":1}\n${header("delete")}`;
  const response = await apiOver(queue).request("/v1/events/stateful", post(body));
  assert.deepEqual(await response.json(), { stream: "stateful", first_event: 1, last_event: 3 });
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

Deno.test("GET /v1/files gives the files that modules follow", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  const response = await apiOver(queue).request("/v1/files");
  assert.deepEqual(await response.json(), { schema: 1, files: [] });
});

Deno.test("GET /v1/modules/:name/checks/:id has a module's check made", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  const response = await apiOver(queue).request("/v1/modules/fim/checks/directories");
  const said = { options: "", status: "ok", message: "fim.directories" };
  assert.deepEqual(await response.json(), said);
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
  Deno.writeTextFileSync(endpoint.file, '{"port":"80@elsewhere","token":"t"}');
  assert.throws(() => ControlClient.to(endpoint), { code: "not_running" });
  const listener = await listen(endpoint, (request) => api.fetch(request));
  using client = ControlClient.to(endpoint);
  assert.equal((await client.status()).schema, 1);
  const { port } = JSON.parse(Deno.readTextFileSync(endpoint.file));
  const stranger = await fetch(`http://127.0.0.1:${port}/v1/status`);
  assert.equal(stranger.status, 401);
  assert.equal((await stranger.json()).message, "Token missing or wrong");
  await listener.close();
});

Deno.test({
  name: "what is thrown in the agent is thrown by the client: code, message and hint",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    using folder = new TempFolder();
    const answers: (() => Response)[] = [];
    const answer = () => answers.shift()?.() ?? new Response();
    const listener = await listen(endpointIn(folder.path), answer);
    using client = ControlClient.to(endpointIn(folder.path));
    const thrown = new AgentError("config_invalid", 'Unknown "x"', { hint: "remove it" });
    const { body, status } = errorAnswer(thrown);
    answers.push(() => Response.json(body, { status }));
    await assert.rejects(client.reload(), {
      code: "config_invalid",
      message: 'Unknown "x"',
      hint: "remove it",
    });
    answers.push(() => Response.json({ ...body, code: "of_a_later_version" }, { status: 500 }));
    await assert.rejects(client.reload(), { code: "failed", message: 'Unknown "x"' });
    answers.push(() => new Response("no JSON", { status: 502 }));
    await assert.rejects(client.reload(), {
      code: "failed",
      message: "The running agent answered 502 and did not say why",
    });
    await listener.close();
  },
});

Deno.test({
  name: "an answer that breaks off in its middle tells that the agent is not running any more",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    using folder = new TempFolder();
    const path = folder.file("agent.sock");
    using listener = Deno.listen({ transport: "unix", path });
    using client = ControlClient.to({ kind: "socket", path });
    const brokenOff = assert.rejects(client.status(), { code: "not_running" });
    {
      using connection = await listener.accept();
      await connection.read(new Uint8Array(4_096));
      const begun = 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"schema":1,';
      await connection.write(new TextEncoder().encode(begun));
    }
    await brokenOff;
  },
});

Deno.test("POST /v1/dead-letters says what a body must be", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  const api = apiOver(queue);
  for (
    const body of [
      "",
      "[]",
      "{}",
      '{"ids":[]}',
      '{"ids":[0]}',
      '{"all":false}',
      '{"all":true,"ids":[1]}',
    ]
  ) {
    const response = await api.request("/v1/dead-letters/drop", post(body));
    assert.equal(response.status, 400, body);
    const { code, message } = await response.json();
    assert.equal(code, "usage");
    assert.match(message, /^Cannot tell which dead letters: /);
  }
  const all = await api.request("/v1/dead-letters/retry", post('{"all":true}'));
  const nothing = { letters: 0, events: 0, bytes: 0, outdated_events: 0, skipped: [] };
  assert.deepEqual(await all.json(), nothing);
});
