import assert from "node:assert/strict";
import { createLogin, type LoginAnswer } from "../../../../src/agent/comms/login/login.ts";
import { ServerConnection } from "../../../../src/agent/comms/connection/server_connection.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { type FakeFetch, fakeFetch, noAnswer } from "../../../support/fake_fetch.ts";

const URL = "https://h:27000/api/v1/authentication";
const never = new AbortController().signal;

function loginOver({ fetch }: FakeFetch, clock = new FakeClock()) {
  const userAgent = "agent/1 (Endpoint; x86_64; Linux)";
  const connection = new ServerConnection({
    serverUrl: "https://h:27000/",
    fetch,
    userAgent,
    clock,
  });
  const credentials = { uuid: "u", key: "secret-key" };
  return createLogin({
    connection,
    loginPath: "/api/v1/authentication",
    credentials,
    timeoutMs: 5_000,
  });
}

async function answerTo(response: () => Response): Promise<LoginAnswer> {
  return await loginOver(fakeFetch(response))(never);
}

Deno.test("createLogin() sends the credentials and takes the token out of the answer", async () => {
  const headers = { date: "Thu, 19 Feb 2026 20:25:46 GMT" };
  const server = fakeFetch(() => Response.json({ token: "t", error: 0 }, { headers }));
  assert.deepEqual(await loginOver(server)(never), { kind: "token", token: "t", ...headers });
  const [request] = server.requests;
  assert.equal(request?.url, URL);
  assert.equal(request.method, "POST");
  assert.equal(request.headers.get("user-agent"), "agent/1 (Endpoint; x86_64; Linux)");
  assert.equal(request.headers.get("accept"), "application/json");
  assert.equal(request.headers.get("content-type"), "application/json");
  assert.equal(request.headers.get("authorization"), null);
  assert.deepEqual(await request.json(), { uuid: "u", key: "secret-key" });
});

Deno.test("createLogin() tells final refusals from passing faults by status and message", async () => {
  const cases: [number, string, LoginAnswer["kind"]][] = [
    [401, "Invalid key", "refused"],
    [401, "invalid KEY. ", "refused"],
    [403, "Agent does not exist", "refused"],
    [403, "agent does not exist.", "refused"],
    [401, "Agent does not exist yet", "retry"],
    [403, "Couldn't connect to the indexer", "retry"],
    [403, "Invalid key", "retry"],
    [401, "", "retry"],
    [500, "Invalid key", "retry"],
    [404, "Not found", "retry"],
    [400, "Bad body", "retry"],
  ];
  for (const [status, message, kind] of cases) {
    const answer = await answerTo(() => Response.json({ message, code: 1 }, { status }));
    assert.equal(answer.kind, kind, `${status} ${message}`);
  }
});

Deno.test("createLogin() says where a failure came from, in one bounded line and without the key", async () => {
  const body = `busy\n${"x".repeat(100_000)}`;
  const answer = await answerTo(() => new Response(body, { status: 503 }));
  assert.ok(answer.kind === "retry");
  assert.match(answer.reason, /^503 from https:\/\/h:27000\/api\/v1\/authentication: busy x+…$/);
  assert.ok(answer.reason.length < 300);
  assert.doesNotMatch(JSON.stringify(answer), /secret-key/);
});

Deno.test("createLogin() hands on Retry-After and takes an answer without a token for a fault", async () => {
  const busy = () => new Response("", { status: 429, headers: { "retry-after": "7" } });
  assert.deepEqual(await answerTo(busy), {
    kind: "retry",
    reason: `429 from ${URL}`,
    afterMs: 7_000,
  });
  for (const body of ["{}", "", "OK", '{"token":""}', '{"token":5}', "null", '{"secret":"x"}']) {
    assert.deepEqual(await answerTo(() => new Response(body)), {
      kind: "retry",
      reason: `no token in the answer of ${URL}`,
    });
  }
});

Deno.test("createLogin() takes no token that a header cannot carry, and does not show it", async () => {
  for (const token of ["abcdefgh\r\nX-Evil: 1", "abcdefgh\u2603", "abc defgh", "abcdefgh\0"]) {
    const answer = await answerTo(() => Response.json({ token }));
    assert.ok(answer.kind === "retry", token);
    assert.match(
      answer.reason,
      /the token in the answer of .* has characters that no token may have/,
    );
    assert.doesNotMatch(answer.reason, /abcdefgh/);
  }
});

Deno.test("createLogin() never takes a web page for the server's word, whatever its status", async () => {
  const page = "<!DOCTYPE html><title>Log in to Hotel WiFi</title>";
  for (const status of [200, 302, 401, 403, 503]) {
    const answer = await answerTo(() => new Response(page, { status }));
    assert.ok(answer.kind === "retry", `${status}`);
    assert.match(
      answer.reason,
      /a web page, "Log in to Hotel WiFi", and no answer of this protocol/,
    );
  }
});

Deno.test("createLogin() ends at its time limit and at its signal", async () => {
  const clock = new FakeClock();
  const answer = loginOver(fakeFetch(noAnswer), clock)(never);
  await clock.advance(5_000);
  assert.deepEqual(await answer, {
    kind: "retry",
    cause: "timeout",
    reason: `no answer from ${URL} within 5 s`,
  });
  const stop = new AbortController();
  const aborted = loginOver(fakeFetch(noAnswer), clock)(stop.signal);
  stop.abort(new Error("stop"));
  await assert.rejects(aborted, /stop/);
  assert.equal(clock.nextWakeIn(), undefined);
});
