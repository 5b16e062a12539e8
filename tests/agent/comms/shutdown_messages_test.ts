import assert from "node:assert/strict";
import { CommsClient } from "../../../src/agent/comms/comms_client.ts";
import { sendShutdownMessages } from "../../../src/agent/comms/shutdown_messages.ts";
import { ServerConnection } from "../../../src/agent/comms/connection/server_connection.ts";
import type { AgentLine } from "../../../src/shared/protocol/wire.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";
import { type FakeFetch, fakeFetch, noAnswer } from "../../support/fake_fetch.ts";

const never = new AbortController().signal;
const agentLine: AgentLine = {
  agent: {
    id: "0198c0de-0000-7000-8000-000000000001",
    name: "web-1",
    type: "Endpoint",
    version: "1.0.0",
    groups: [],
    host: {
      architecture: "x86_64",
      hostname: "web-1",
      ip: [],
      os: { name: "Debian GNU/Linux", type: "Linux", version: "12" },
    },
  },
};

/** A client that fails the test when anybody asks it to log in. */
function clientOver({ fetch }: FakeFetch): CommsClient {
  const logIn = () => assert.fail("logged in");
  return new CommsClient({
    connection: new ServerConnection({
      serverUrl: "https://h",
      fetch,
      userAgent: "a",
      clock: new FakeClock(),
    }),
    tokens: { get: logIn, renew: logIn },
    requestTimeoutMs: 30_000,
    pollTimeoutMs: 60_000,
  });
}

function sendMessages(server: FakeFetch, options: { token?: string; signal?: AbortSignal } = {}) {
  const { token = "t", signal = never } = options;
  const nowMs = Date.UTC(2026, 1, 19, 20, 25, 46, 807);
  return sendShutdownMessages({ client: clientOver(server), token, agentLine, nowMs, signal });
}

Deno.test("sendShutdownMessages() sends one message on each stream", async () => {
  const server = fakeFetch(() => new Response());
  assert.deepEqual(await sendMessages(server), [
    { stream: "stateless", accepted: true },
    { stream: "stateful", accepted: true },
  ]);
  const sent = new Map<string, unknown[]>();
  for (const request of server.requests) {
    const lines = (await request.text()).split("\n").map((line) => JSON.parse(line));
    sent.set(request.url.replace(/^.*\//, ""), lines);
  }
  assert.deepEqual(sent.get("stateless"), [
    agentLine,
    { module: "agent", collector: "agent", operation: "shutdown" },
    { event: { original: "The agent is shutting down.", created: "2026-02-19T20:25:46.807Z" } },
  ]);
  assert.deepEqual(sent.get("stateful"), [
    agentLine,
    { module: "agent", id: agentLine.agent.id, operation: "update" },
    { agent: { status: "shutdown" }, "@timestamp": "2026-02-19T20:25:46.807Z" },
  ]);
});

Deno.test("sendShutdownMessages() neither logs in nor tries again when the token is refused", async () => {
  const server = fakeFetch(() => new Response("", { status: 401 }));
  const results = await sendMessages(server);
  assert.deepEqual(results.map(({ accepted }) => accepted), [false, false]);
  assert.equal(server.requests.length, 2);
});

Deno.test("sendShutdownMessages() sends nothing without a token", async () => {
  const server = fakeFetch(() => assert.fail("sent"));
  const client = clientOver(server);
  const options = { client, token: undefined, agentLine, nowMs: 0, signal: never };
  const reason = "not logged in";
  assert.deepEqual(await sendShutdownMessages(options), [
    { stream: "stateless", accepted: false, reason },
    { stream: "stateful", accepted: false, reason },
  ]);
});

Deno.test("sendShutdownMessages() ends at its deadline and keeps what was accepted by then", async () => {
  const server = fakeFetch((request) =>
    request.url.endsWith("stateless") ? new Response() : noAnswer(request)
  );
  const deadline = new AbortController();
  const results = sendMessages(server, { signal: deadline.signal });
  await settle();
  deadline.abort();
  assert.deepEqual(await results, [
    { stream: "stateless", accepted: true },
    { stream: "stateful", accepted: false, reason: "no answer before the deadline" },
  ]);
});

Deno.test("sendShutdownMessages() sends once more, under the same key, what a connection lost", async () => {
  const keys: (string | null)[] = [];
  const server = fakeFetch((request) => {
    if (request.url.endsWith("stateless")) return new Response();
    keys.push(request.headers.get("idempotency-key"));
    return keys.length === 1
      ? Promise.reject(new TypeError("connection closed before message completed"))
      : new Response();
  });
  const results = await sendMessages(server);
  assert.deepEqual(results.map(({ accepted }) => accepted), [true, true]);
  assert.equal(keys.length, 2);
  assert.ok(keys[0] !== null && keys[0] === keys[1], String(keys));
  assert.equal(server.requests.length, 3);
});

Deno.test("sendShutdownMessages() reports a message that was received and refused", async () => {
  const server = fakeFetch(() => Response.json({ results: [{ status: 400, result: "odd" }] }));
  const [stateless, stateful] = await sendMessages(server);
  assert.match(stateless?.reason ?? "", /not all of the events were taken/);
  assert.deepEqual(stateful, { stream: "stateful", accepted: false, reason: "400: odd" });
});
