import assert from "node:assert/strict";
import { CommsClient } from "../../../src/agent/comms/comms_client.ts";
import { ServerConnection } from "../../../src/agent/comms/connection/server_connection.ts";
import { TokenKeeper } from "../../../src/agent/comms/login/token_keeper.ts";
import { userAgent } from "../../../src/agent/comms/user_agent.ts";
import { MemoryClock } from "../../support/fake_clock.ts";
import { type FakeFetch, fakeFetch, noAnswer } from "../../support/fake_fetch.ts";

const BASE = "https://h:27000/api/v1";
const never = new AbortController().signal;
const lines = new TextEncoder().encode('{"agent":{}}\n{"module":"m"}\n{}');
const request = { body: lines, encoding: "identity", idempotencyKey: "batch-1" } as const;

/** A client whose tokens are `t1`, `t2` and so on. */
function clientOver({ fetch }: FakeFetch, clock = new MemoryClock()) {
  let count = 1;
  const tokens = {
    get: () => Promise.resolve(`t${count}`),
    renew: () => Promise.resolve(`t${++count}`),
  };
  const connection = new ServerConnection({
    serverUrl: "https://h:27000",
    fetch,
    userAgent: "a",
    clock,
  });
  return new CommsClient({ connection, tokens, requestTimeoutMs: 30_000, pollTimeoutMs: 960_000 });
}

function clientAnswering(response: () => Response): CommsClient {
  return clientOver(fakeFetch(response));
}

Deno.test("CommsClient.postEvents() sends the bytes as they are, with the headers of the protocol", async () => {
  const server = fakeFetch(() => new Response(null, { status: 204 }));
  const outcome = await clientOver(server).postEvents("stateless", request, { signal: never });
  assert.deepEqual(outcome, { kind: "done", status: 204 });
  const [sent] = server.requests;
  assert.equal(sent?.url, `${BASE}/events/stateless`);
  assert.deepEqual(await sent.bytes(), lines);
  assert.deepEqual(Object.fromEntries(sent.headers), {
    accept: "application/json",
    authorization: "Bearer t1",
    "content-type": "application/json",
    "idempotency-key": "batch-1",
    "user-agent": "a",
  });
});

Deno.test("CommsClient.postEvents() names the encoding of compressed bytes", async () => {
  const server = fakeFetch(() => new Response());
  const compressed = { body: lines, encoding: "gzip" } as const;
  await clientOver(server).postEvents("stateful", compressed, { signal: never });
  assert.equal(server.requests[0]?.headers.get("content-encoding"), "gzip");
  assert.equal(server.requests[0]?.headers.get("idempotency-key"), null);
});

Deno.test("CommsClient.postEvents() acknowledges what is empty or reads like the protocol, and nothing else", async () => {
  const html = { "content-type": "text/html" };
  const good: [string | null, ResponseInit][] = [
    ["", {}],
    ["", { status: 202 }],
    [null, { status: 204 }],
    [null, { status: 204, headers: html }],
    ["{}", {}],
    [' {"error":0,"data":{}} ', {}],
    ['{"results":[]}', {}],
    ['{"code":0,"message":"taken"}', { headers: { "content-type": "text/plain" } }],
    ['{"code":202,"message":"Accepted"}', { status: 202 }],
    ['{"message":"Events received"}', {}],
    ['{"status":"ok","accepted":10}', {}],
    ['{"status":201}', { status: 201 }],
    ['{"took":3,"errors":false,"items":[]}', {}],
    ['{"success":true,"error":null,"errors":[]}', {}],
    ['{"message":"accepted","request_id":"7f"}', {}],
    ['{"result":"queued"}', {}],
    ["null", { headers: { "content-type": "application/json" } }],
    ["OK", { headers: { "content-type": "text/plain" } }],
    ["200 OK\n", {}],
    ["accepted", { status: 202 }],
    ["[]", {}],
    ["true", {}],
    ['"ok"', {}],
    ['{"ack":true}', {}],
    ['{"success":"true"}', {}],
    ['{"Accepted":1}', {}],
    ['{"accepted_count":1,"rejected_count":0}', {}],
    ['{"result":{"eventsAccepted":1}}', {}],
    ['{"partialSuccess":{}}', {}],
    ['{"msg":"ok"}', {}],
    ['{"statusCode":202,"body":"x"}', {}],
    ['{"request_id":"7f"}', { status: 202 }],
    ['{"data":{}}', { status: 201 }],
  ];
  const bad: [string, ResponseInit][] = [
    ["", { headers: html }],
    ["<html>Down for maintenance</html>", { headers: html }],
    ["\n<!doctype HTML><title>Log in</title>", {}],
    ["{}", { headers: html }],
    ['{"results":[', {}],
    ['{"results":"x"}', {}],
    ['{"results":[null,5,{}]}', {}],
    ["null", {}],
    ["Welcome to the portal", {}],
    ["0 events taken", {}],
    ["Not accepted", {}],
    ["false", {}],
    ["0", {}],
    ['"queue full, nothing stored"', {}],
    ['[{"code":4001}]', {}],
    ['{"login":"https://portal"}', {}],
    ['{"message":"indexer is away","code":4001}', {}],
    ['{"error":4001}', {}],
    ['{"error":"queue is full"}', {}],
    ['{"errors":["line 2"]}', {}],
    ['{"errors":true,"items":[]}', {}],
    ['{"status":503}', {}],
    ['{"status":"error"}', {}],
    ['{"message":"The engine is not connected"}', {}],
    ['{"message":"Please log in"}', {}],
    ['{"success":false}', {}],
    ['{"name":"other service","version":"7"}', {}],
    ['{"message":"Welcome"}', {}],
    ['{"message":"0 events accepted, nothing to do"}', {}],
    ['{"message":"The events were not stored"}', {}],
    ['{"message":"Events can\'t be accepted"}', {}],
    ['{"status":"pending"}', {}],
    ['{"status":"ok","message":"shard is unavailable"}', {}],
    ['{"data":{}}', {}],
    ['{"items":[]}', {}],
    ['{"count":3}', {}],
  ];
  for (const [body, init] of good) {
    const client = clientAnswering(() => new Response(body, init));
    const outcome = await client.postEvents("stateful", request, { signal: never });
    assert.equal(outcome.kind, "done", `${body}`);
  }
  for (const [body, init] of bad) {
    const client = clientAnswering(() => new Response(body, init));
    const outcome = await client.postEvents("stateful", request, { signal: never });
    assert.ok(outcome.kind === "retry" && outcome.unanswered, body);
    assert.match(
      outcome.reason,
      /^200 from .*not an answer of this|no answer of this|not all of the events were taken/,
      body,
    );
  }
});

Deno.test("CommsClient.postEvents() refuses a request of which only a part was taken, in whatever words that is said", async () => {
  const partly: object[] = [
    { accepted: 1, rejected: 2 },
    { status: "ok", received: 2 },
    { message: "accepted", indexed: "2" },
    { status: "ok", failed: 1 },
    { status: "ok", rejected: ["line 3"] },
    { error: 0, dropped: 1 },
    { status: "ok", rejected_count: 1 },
    { received: 3, valid: 2, invalid: 1 },
    { success: true, eventsDropped: 1 },
    { error: 0, data: { total_failed_items: 1 } },
    { status: "ok", result: { accepted: 2 } },
    { partialSuccess: { rejectedLogRecords: "1", errorMessage: "too old" } },
    { processed: 3, errors: [{ index: 1, message: "bad" }] },
    { errors: true, items: [{ create: { status: 201 } }, { create: { status: 400 } }] },
    { results: [{ status: 201 }, { status: 400 }, { status: 201 }] },
  ];
  for (const body of partly) {
    const client = clientAnswering(() => Response.json(body));
    const sent = { ...request, events: 3 };
    const outcome = await client.postEvents("stateless", sent, { signal: never });
    const told = JSON.stringify(body);
    assert.ok(outcome.kind === "give_up" && outcome.partly, told);
    assert.match(outcome.reason, /not all of the events/, told);
  }
});

Deno.test("CommsClient.postEvents() acknowledges at least as many events as were sent", async () => {
  const whole = [{ accepted: 3 }, { accepted: "3", rejected: 0 }, { processed: 4, failed: [] }, {
    acknowledged: 3,
  }];
  for (const body of whole) {
    const client = clientAnswering(() => Response.json(body));
    const sent = { ...request, events: 3 };
    const { kind } = await client.postEvents("stateless", sent, { signal: never });
    assert.equal(kind, "done", JSON.stringify(body));
  }
});

Deno.test("CommsClient.postEvents() asks about the compression when a compressed body is not acceptable, else about the address", async () => {
  for (const status of [406, 415]) {
    const client = clientAnswering(() => new Response(null, { status }));
    const reasonOf = async (encoding: "gzip" | "identity") => {
      const outcome = await client.postEvents("stateless", { ...request, encoding }, {
        signal: never,
      });
      return outcome.kind === "retry" ? outcome.reason : outcome.kind;
    };
    assert.match(await reasonOf("gzip"), /does the server take gzip\? events\.compression: none/);
    assert.match(await reasonOf("identity"), /right server and path/);
  }
});

Deno.test("CommsClient.postEvents() takes a page for the word of somebody else, but what a proxy finds too large is", async () => {
  const page = (status: number) =>
    clientAnswering(() => new Response("<html><h1>Blocked</h1></html>", { status }));
  for (const status of [400, 401, 403, 422, 502]) {
    const outcome = await page(status).postEvents("stateless", request, { signal: never });
    assert.equal(outcome.kind, "retry", `${status}`);
  }
  const tooLarge = await page(413).postEvents("stateless", request, { signal: never });
  assert.equal(tooLarge.kind, "give_up");
});

Deno.test("CommsClient.postEvents() logs in again for what another token can mend only", async () => {
  const requests = async (status: number, body: string) => {
    const server = fakeFetch(() => new Response(body, { status }));
    await clientOver(server).postEvents("stateless", request, { signal: never });
    return server.requests.length;
  };
  assert.equal(await requests(403, '{"message":"Token expired","code":2707}'), 2);
  assert.equal(await requests(403, '{"message":"Token is bad","code":2706}'), 2);
  assert.equal(await requests(403, '{"message":"Forbidden","code":403}'), 2);
  assert.equal(await requests(403, ""), 2);
  assert.equal(await requests(401, '{"message":"x","code":900}'), 2);
  assert.equal(await requests(403, '{"message":"IP blocked","code":4000}'), 1);
  assert.equal(await requests(401, "<html>Log in</html>"), 1);
  assert.equal(await requests(403, "<html>Blocked</html>"), 1);
});

Deno.test("CommsClient.postEvents() tells passing faults from refusals", async () => {
  const url = `${BASE}/events/stateless`;
  const cases: [number, object][] = [
    [503, { kind: "retry", status: 503, reason: `503 from ${url}: why` }],
    [502, { kind: "retry", status: 502, reason: `502 from ${url}: why`, unanswered: true }],
    [429, { kind: "retry", status: 429, reason: `429 from ${url}: why` }],
    [400, { kind: "give_up", status: 400, reason: `400 from ${url}: why` }],
    [422, { kind: "give_up", status: 422, reason: `422 from ${url}: why` }],
    [413, { kind: "give_up", status: 413, reason: `413 from ${url}: why` }],
    [302, {
      kind: "retry",
      status: 302,
      reason: `302 from ${url}: why (is this the right server and path, and no proxy?)`,
      afterMs: 60_000,
    }],
  ];
  for (const [status, expected] of cases) {
    const client = clientAnswering(() => Response.json({ message: "why", code: 1 }, { status }));
    const outcome = await client.postEvents("stateless", request, { signal: never });
    assert.deepEqual(outcome, expected);
  }
});

Deno.test("CommsClient.postEvents() repeats the same bytes once with another token", async () => {
  for (const status of [401, 403]) {
    const server = fakeFetch(({ headers }) =>
      new Response("", { status: headers.get("authorization") === "Bearer t2" ? 200 : status })
    );
    const outcome = await clientOver(server).postEvents("stateless", request, { signal: never });
    assert.deepEqual(outcome, { kind: "done", status: 200 });
    assert.equal(server.requests.length, 2);
    for (const sent of server.requests) {
      assert.deepEqual(await sent.bytes(), lines);
      assert.equal(sent.headers.get("idempotency-key"), "batch-1");
    }
  }
});

Deno.test("CommsClient.postEvents() leaves it at one repetition when the new token is refused too", async () => {
  const server = fakeFetch(() => Response.json({ message: "No", code: 2706 }, { status: 401 }));
  const outcome = await clientOver(server).postEvents("stateless", request, { signal: never });
  const reason = `401 from ${BASE}/events/stateless: No`;
  assert.deepEqual(outcome, { kind: "retry", status: 401, reason, tokenRefused: true });
  assert.equal(server.requests.length, 2);
});

Deno.test("CommsClient logs in ever less often for an endpoint that refuses new tokens too, and at once for the others", async () => {
  const clock = new MemoryClock();
  let refused = "/events/";
  const server = fakeFetch(({ url }) =>
    url.includes(refused) ? new Response(null, { status: 401 }) : new Response(null)
  );
  const client = clientOver(server, clock);
  const logIns = () => new Set(server.requests.map(({ headers }) => headers.get("authorization")));
  for (let second = 0; second < 600; second += 10) {
    await client.postEvents("stateless", request, { signal: never });
    await clock.advance(10_000);
  }
  assert.ok(logIns().size > 5 && logIns().size < 30, `${logIns().size} log-ins`);
  const before = logIns().size;
  refused = "/files";
  await client.getFile("web.yml", never);
  assert.equal(logIns().size, before + 1);
  const outcome = await client.postEvents("stateless", request, { signal: never });
  assert.equal(outcome.kind, "done");
});

Deno.test("CommsClient logs in once for requests that are refused together, and again as soon as a token was accepted in between", async () => {
  const clock = new MemoryClock();
  let good = "t2";
  const server = fakeFetch(({ headers }) =>
    new Response(null, { status: headers.get("authorization") === `Bearer ${good}` ? 204 : 401 })
  );
  const client = clientOver(server, clock);
  for (const next of ["t2", "t3", "t4"]) {
    good = next;
    const outcome = await client.postEvents("stateless", request, { signal: never });
    assert.equal(outcome.kind, "done", next);
  }
});

Deno.test("CommsClient.postEvents() with a token of its own never asks for another", async () => {
  const server = fakeFetch(() => new Response("", { status: 401 }));
  const how = { signal: never, token: "mine" };
  const outcome = await clientOver(server).postEvents("stateless", request, how);
  assert.equal(outcome.kind, "retry");
  assert.equal(server.requests.length, 1);
  assert.equal(server.requests[0]?.headers.get("authorization"), "Bearer mine");
});

Deno.test("CommsClient.postEvents() reports errors and time limits in words", async () => {
  const refused = clientAnswering(() => {
    throw new TypeError("client error (Connect): tcp connect error: Connection refused");
  });
  assert.deepEqual(await refused.postEvents("stateless", request, { signal: never }), {
    kind: "retry",
    cause: "refused",
    reason: "cannot connect to https://h:27000: connection refused",
  });
  const clock = new MemoryClock();
  const hanging = clientOver(fakeFetch(noAnswer), clock);
  const outcome = hanging.postEvents("stateless", request, { signal: never });
  await clock.advance(30_000);
  const reason = `no answer from ${BASE}/events/stateless within 30 s`;
  assert.deepEqual(await outcome, { kind: "retry", cause: "timeout", reason, unanswered: true });
});

Deno.test("CommsClient makes one log-in when 100 requests are refused together", async () => {
  const clock = new MemoryClock();
  let valid = "t1";
  let logins = 0;
  const server = fakeFetch(({ headers }) =>
    new Response("", { status: headers.get("authorization") === `Bearer ${valid}` ? 200 : 401 })
  );
  const keeper = new TokenKeeper({
    login: async (signal) => {
      logins++;
      await clock.sleep(50, signal);
      return { kind: "token", token: valid };
    },
    clock,
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
  const connection = new ServerConnection({
    serverUrl: "https://h:27000",
    fetch: server.fetch,
    userAgent: "a",
    clock,
  });
  const client = new CommsClient({
    connection,
    tokens: keeper,
    requestTimeoutMs: 30_000,
    pollTimeoutMs: 960_000,
  });
  const post = () => client.postEvents("stateless", request, { signal: never });
  const first = post();
  await clock.advance(50);
  await first;
  await clock.advance(60_000);
  valid = "t2";
  const all = Array.from({ length: 100 }, post);
  await clock.advance(50);
  for (const outcome of await Promise.all(all)) assert.equal(outcome.kind, "done");
  assert.equal(logins, 2);
});

Deno.test("CommsClient.batchFate() tells what became of a batch, or that this server cannot be asked", async () => {
  const known = { batch_id: "b 1", known: true, answer: { status: 204, body: "" } };
  const table: [() => Response, string][] = [
    [() => Response.json(known), "received"],
    [() => Response.json({ ...known, answer: null }), "received"],
    [() => Response.json({ batch_id: "b 1", known: false, answer: null }), "unknown"],
    [() => Response.json({ batch_id: "other", known: true }), "unsupported"],
    [() => Response.json({}), "unsupported"],
    [() => new Response(null, { status: 204 }), "unsupported"],
    [() => Response.json({ message: "Not found" }, { status: 404 }), "unsupported"],
    [() => new Response("", { status: 405 }), "unsupported"],
    [() => new Response("", { status: 400 }), "unsupported"],
    [() => new Response("<html>Not found</html>", { status: 404 }), "retry"],
    [() => new Response("", { status: 503 }), "retry"],
    [() => new Response("", { status: 401 }), "retry"],
  ];
  for (const [answer, kind] of table) {
    const server = fakeFetch(answer);
    const fate = await clientOver(server).batchFate("b 1", never);
    assert.equal(fate.kind, kind);
    assert.equal(server.requests[0]?.url, `${BASE}/batches/b%201`);
  }
});

Deno.test("CommsClient.batchFate() takes no number for a status that is none", async () => {
  for (const status of [9007199254740992, 0.1, -1, "x", {}, null]) {
    const body = { batch_id: "b 1", known: true, answer: { status } };
    const fate = await clientAnswering(() => Response.json(body)).batchFate("b 1", never);
    assert.deepEqual(fate, { kind: "received", status: 200 });
  }
});

Deno.test("CommsClient takes no object for a number or a text, whatever members it has", async () => {
  const odd = { toString: null, valueOf: 1 };
  const bodies = [{ message: "x", code: odd }, { error: odd }, {
    detail: [{ loc: [odd, "a"], msg: "b" }],
  }];
  for (const status of [200, 400, 401, 503]) {
    for (const body of bodies) {
      const client = clientAnswering(() => Response.json(body, { status }));
      const outcome = await client.postEvents("stateful", request, { signal: never });
      assert.notEqual(outcome.kind, "done");
    }
  }
});

Deno.test("CommsClient.poll() gives commands on, whatever their form", async () => {
  const commands = [{ id: "1", type: "restart" }, { document_id: "a", action: { args: [] } }];
  const client = clientAnswering(() => Response.json({ commands }));
  assert.deepEqual(await client.poll(never), { kind: "commands", commands });
});

Deno.test("CommsClient.poll() knows every way of saying that nothing came, and how long it took", async () => {
  const clock = new MemoryClock();
  const answers = [
    () => new Response("", { status: 408 }),
    () => Response.json({ message: "timeout", code: 1 }, { status: 408 }),
    () => new Response(null, { status: 204 }),
    () => new Response(""),
    () => Response.json({}),
    () => Response.json({ commands: [] }),
    () => Response.json({ commands: null }),
  ];
  for (const answer of answers) {
    const server = fakeFetch(async () => {
      await clock.sleep(60_000);
      return answer();
    });
    const outcome = clientOver(server, clock).poll(never);
    await clock.advance(60_000);
    assert.deepEqual(await outcome, { kind: "empty", heldMs: 60_000 });
  }
});

Deno.test("CommsClient.poll() takes everything else for a fault to back off from", async () => {
  const answers = [
    () => new Response("<html>Welcome</html>", { headers: { "content-type": "text/html" } }),
    () => new Response("", { status: 400 }),
    () => new Response("", { status: 404 }),
    () => new Response("", { status: 503 }),
    () => new Response("", { status: 403 }),
  ];
  for (const answer of answers) {
    assert.equal((await clientAnswering(answer).poll(never)).kind, "retry");
  }
});

Deno.test("CommsClient.poll() tells a held poll that was cut from a server that is away", async () => {
  const cuts = [
    () => new Response("<html>Gateway Time-out</html>", { status: 504 }),
    () => new Response("", { status: 502 }),
    () => {
      throw new TypeError("client error (SendRequest): connection closed before message completed");
    },
  ];
  for (const answer of cuts) {
    const clock = new MemoryClock();
    const server = fakeFetch(async () => {
      await clock.sleep(5_000);
      return answer();
    });
    const outcome = clientOver(server, clock).poll(never);
    await clock.advance(5_000);
    const { kind } = await outcome;
    assert.equal(kind, "cut");
    assert.equal((await clientAnswering(answer).poll(never)).kind, "retry");
  }
});

Deno.test("CommsClient.poll() waits for its own time limit and can be aborted", async () => {
  const clock = new MemoryClock();
  const client = clientOver(fakeFetch(noAnswer), clock);
  const outcome = client.poll(never);
  await clock.advance(960_000);
  assert.deepEqual(await outcome, { kind: "empty", heldMs: 960_000 });
  const stop = new AbortController();
  const aborted = client.poll(stop.signal);
  await clock.advance(1_000);
  stop.abort(new Error("stop"));
  await assert.rejects(aborted, /stop/);
  assert.equal(clock.nextWakeIn(), undefined);
});

Deno.test("CommsClient reads no more of an answer than its bound, and lets go of the rest", async () => {
  let cancelled = false;
  let megabytes = 0;
  const endless = () =>
    new Response(
      new ReadableStream<Uint8Array<ArrayBuffer>>({
        pull(controller) {
          megabytes++;
          controller.enqueue(new Uint8Array(1024 * 1024));
        },
        cancel: () => void (cancelled = true),
      }),
    );
  const outcome = await clientAnswering(endless).poll(never);
  assert.equal(outcome.kind, "retry");
  assert.equal(cancelled, true);
  assert.ok(megabytes < 20, `${megabytes} MB`);
});

Deno.test("CommsClient.getFile() gets a file, and knows when there is none", async () => {
  const server = fakeFetch(({ url }) =>
    url.endsWith("file_name=web%20%26%20co.yml")
      ? new Response("agent: {}")
      : new Response("", { status: 404 })
  );
  const client = clientOver(server);
  const outcome = await client.getFile("web & co.yml", never);
  assert.ok(outcome.kind === "file");
  assert.equal(new TextDecoder().decode(outcome.bytes), "agent: {}");
  assert.deepEqual(await client.getFile("none.yml", never), { kind: "not_found" });
  const page = { headers: { "content-type": "text/html" } };
  for (const status of [200, 404]) {
    const elsewhere = clientAnswering(() => new Response("<p>Hi", { status, ...page }));
    assert.equal((await elsewhere.getFile("web.yml", never)).kind, "retry", `${status}`);
  }
  const bad = clientAnswering(() => new Response("", { status: 400 }));
  assert.equal((await bad.getFile("../x", never)).kind, "give_up");
});

Deno.test("CommsClient.getFile() names the content that it has, and believes that it is the same only then", async () => {
  const server = fakeFetch(({ headers }) =>
    new Headers(headers).get("if-none-match") === '"a"'
      ? new Response(null, { status: 304 })
      : new Response("# 1", { headers: { etag: '"a"' } })
  );
  const client = clientOver(server);
  const first = await client.getFile("web.yml", never);
  assert.ok(first.kind === "file");
  assert.equal(first.etag, '"a"');
  assert.deepEqual(await client.getFile("web.yml", never, first.etag), { kind: "unchanged" });
  const odd = clientAnswering(() => new Response(null, { status: 304 }));
  assert.equal((await odd.getFile("web.yml", never)).kind, "retry");
});

Deno.test("userAgent() says product, version and machine, and is always a valid header", () => {
  const os = { name: "x", type: "Linux", version: "1" };
  const host = { architecture: "x86_64", hostname: "h", ip: [], os };
  assert.equal(userAgent("agent", "1.2.0", host), "agent/1.2.0 (Endpoint; x86_64; Linux)");
  const odd = { ...host, architecture: "é\n" };
  assert.equal(userAgent("agent", "1.2.0", odd), "agent/1.2.0 (Endpoint; ??; Linux)");
});

Deno.test("CommsClient.getFile() takes an answer that tells of a fault for no file, whatever its status", async () => {
  for (const body of [{ error: 4000, message: "no such group" }, { status: "error" }]) {
    const client = clientAnswering(() => Response.json(body));
    const outcome = await client.getFile("web.yml", never);
    assert.equal(outcome.kind, "retry", JSON.stringify(body));
  }
  const client = clientAnswering(() => Response.json({ logcollector: { localfiles: [] } }));
  assert.equal((await client.getFile("web.yml", never)).kind, "file");
});
