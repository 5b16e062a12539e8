import assert from "node:assert/strict";
import {
  ServerConnection,
  type ServerRequest,
} from "../../../../src/agent/comms/connection/server_connection.ts";
import { MemoryClock } from "../../../support/fake_clock.ts";

const [FIRST, SECOND, THIRD] = ["https://first", "https://second", "https://third"];

type Behaviour = "answers" | "refuses" | "hangs up" | number;

/** Servers that behave as they are told, and a connection to them. */
function scene() {
  const behaviour: Record<string, Behaviour> = {};
  const asked: string[] = [];
  const clock = new MemoryClock();
  const connection = new ServerConnection({
    serverUrl: [FIRST, SECOND, THIRD].join(),
    userAgent: "test",
    clock,
    fetch: (url) => {
      const { origin } = new URL(url);
      asked.push(origin);
      const how = behaviour[origin] ?? "answers";
      if (how === "refuses") return Promise.reject(new TypeError("Connection refused (Connect)"));
      if (how === "hangs up") return Promise.reject(new TypeError("connection reset"));
      return Promise.resolve(new Response(null, { status: how === "answers" ? 204 : how }));
    },
  });
  const send = async (more: Partial<ServerRequest> = {}) => {
    const request = { method: "GET", path: "/", timeoutMs: 1_000, maxBytes: 10, ...more } as const;
    const exchange = await connection.send({ ...request, signal: new AbortController().signal });
    const asks = asked.splice(0).join(" ");
    return exchange.kind === "answer" ? `${asks}: ${exchange.status}` : `${asks}: no answer`;
  };
  return { behaviour, clock, connection, send };
}

Deno.test("a server that cannot be reached has the next one asked at once, and that one from then on", async () => {
  const { behaviour, connection, send } = scene();
  behaviour[FIRST] = "refuses";
  assert.equal(await send(), `${FIRST} ${SECOND}: 204`);
  assert.equal(connection.serverUrl, SECOND);
  assert.equal(await send(), `${SECOND}: 204`);
});

Deno.test("what may have arrived is not sent to another server by itself, but the next request is", async () => {
  for (const how of ["hangs up", 503] as const) {
    const { behaviour, send } = scene();
    behaviour[FIRST] = how;
    assert.equal(await send(), `${FIRST}: ${how === 503 ? 503 : "no answer"}`);
    assert.equal(await send(), `${SECOND}: 204`);
  }
});

Deno.test("each server is asked once when none can be reached", async () => {
  const { behaviour, send } = scene();
  for (const url of [FIRST, SECOND, THIRD]) behaviour[url] = "refuses";
  assert.equal(await send(), `${FIRST} ${SECOND} ${THIRD}: no answer`);
  assert.equal(await send(), `${FIRST} ${SECOND} ${THIRD}: no answer`);
  delete behaviour[THIRD];
  assert.equal(await send(), `${FIRST} ${SECOND} ${THIRD}: 204`);
});

Deno.test("an answer that is a refusal is no reason to use another server", async () => {
  const { behaviour, send } = scene();
  behaviour[FIRST] = 401;
  assert.equal(await send(), `${FIRST}: 401`);
  assert.equal(await send(), `${FIRST}: 401`);
});

Deno.test("the first server is used again after 5 to 10 minutes, or left once more", async () => {
  const { behaviour, clock, connection, send } = scene();
  behaviour[FIRST] = "refuses";
  await send();
  await clock.advance(299_999);
  assert.equal(connection.serverUrl, SECOND);
  await clock.advance(300_001);
  assert.equal(await send(), `${FIRST} ${SECOND}: 204`);
  delete behaviour[FIRST];
  await clock.advance(600_000);
  assert.equal(await send(), `${FIRST}: 204`);
  assert.equal(await send(), `${FIRST}: 204`);
});

Deno.test("a held request that is cut says nothing about its server", async () => {
  const clock = new MemoryClock();
  const connection = new ServerConnection({
    serverUrl: `${FIRST},${SECOND}`,
    userAgent: "test",
    clock,
    fetch: async () => {
      await clock.sleep(30_000);
      throw new TypeError("connection reset");
    },
  });
  const sent = connection.send({
    method: "GET",
    path: "/",
    timeoutMs: 60_000,
    maxBytes: 10,
    isHeld: true,
    signal: new AbortController().signal,
  });
  await clock.advance(30_000);
  assert.equal((await sent).kind, "failure");
  assert.equal(connection.serverUrl, FIRST);
});
