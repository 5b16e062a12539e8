import assert from "node:assert/strict";
import {
  assertRefused,
  eventsBody,
  HOST,
  KEY,
  numbered,
  registration,
  TestManager,
} from "../harness.ts";

Deno.test("management API hands a token to the right user only", async () => {
  await using test = await TestManager.open({ agent: false });
  const answer = await test.authenticate("wazuh:topsecret");
  assert.equal(answer.status, 200);
  const body = await answer.json();
  assert.equal(typeof body.data.token, "string");
  assert.equal(body.error, 0);
  for (const wrong of ["wazuh:Topsecret", "root:topsecret", "topsecret", "wazuh:", ""]) {
    await assertRefused(await test.authenticate(wrong), 401, "Invalid credentials");
  }
});

Deno.test("management API registers an agent without handing its key back", async () => {
  await using test = await TestManager.open({ agent: false });
  const answer = await test.register(registration());
  assert.equal(answer.status, 201);
  assert.doesNotMatch(await answer.text(), /key/);
  assert.equal((await test.stats()).agents, 1);
});

Deno.test("management API refuses a name or an id that is taken", async () => {
  await using test = await TestManager.open({ agent: false });
  const first = registration();
  assert.equal((await test.register(first)).status, 201);
  const sameName = await test.register(registration());
  await assertRefused(sameName, 409, 'Agent name "box" is taken already');
  const sameId = await test.register({ ...first, name: "other" });
  await assertRefused(sameId, 409, `Agent id "${first.id}" is taken already`);
});

Deno.test("management API names the member at fault and never shows a key", async () => {
  await using test = await TestManager.open({ agent: false });
  const cases: [Record<string, unknown>, RegExp][] = [
    [{ id: "c2f1a2b0-0000-4000-8000" }, /^Invalid "id": not a UUID \(RFC 9562\) that names /],
    [{ id: "c2f1a2b0-0000-4000-0000-000000000000" }, /^Invalid "id": not a UUID/],
    [{ id: "00000000-0000-0000-0000-000000000000" }, /^Invalid "id": not a UUID/],
    [{ id: "ffffffff-ffff-ffff-ffff-ffffffffffff" }, /^Invalid "id": not a UUID/],
    [{ id: undefined }, /^Invalid "id"/],
    [{ name: "" }, /^Invalid "name"/],
    [{ name: "box\u0000" }, /^Invalid "name": control characters /],
    [{ name: "box\ud800" }, /^Invalid "name": control characters or half a surrogate pair in it$/],
    [{ groups: ["web", "d\nb"] }, /^Invalid "groups\.1": not 1 to 128 letters, digits and \._- /],
    [{ groups: ["web", "../db"] }, /^Invalid "groups\.1": not 1 to 128 letters, digits and \._- /],
    [{ key: "verysecret" }, /^Invalid "key": not 32 characters of A-Z, a-z and 0-9$/],
    [{ type: "Server" }, /^Invalid "type": not Endpoint$/],
    [{ host: "web-1" }, /^Invalid "host"/],
    [{ host: { ...HOST, ip: "192.0.2.7" } }, /^Invalid "host\.ip"/],
    [{ host: { architecture: 5 } }, /^Invalid "host\.architecture"/],
    [{ host: { os: { name: "" } } }, /^Invalid "host\.os\.name"/],
    [{ groups: [1] }, /^Invalid "groups\.0"/],
  ];
  for (const [changes, message] of cases) {
    await assertRefused(await test.register(registration(changes)), 400, message);
  }
  await assertRefused(await test.register("text"), 400, /^Invalid "body"/);
});

Deno.test("management API takes what other agents of the family send", async () => {
  await using test = await TestManager.open({ agent: false });
  const ids = [1, 2, 3, 4, 5, 6, 7, 8].map((version) =>
    `c2f1a2b0-0000-${version}000-8000-00000000000${version}`
  );
  const { ip: _ip, ...host } = HOST;
  const changes = [
    { type: "endpoint" },
    { host: undefined },
    { host },
    {
      host: { ...host, ip: [] },
    },
    { host: null, groups: null },
    { host: {} },
    {
      host: { hostname: null, os: { name: null } },
    },
  ];
  for (const [index, id] of ids.entries()) {
    const body = registration({ id, name: `agent ${index}`, ...changes[index] });
    const answer = await test.register(body);
    assert.equal(answer.status, 201, await answer.text());
  }
  assert.equal((await test.stats()).agents, ids.length);
  const { agents } = test.manager.keepAlive.views.list({ limit: 10, after: "" });
  const ips = agents.map((agent) => agent.ip);
  assert.deepEqual(ips, [HOST.ip[0], ...Array(changes.length - 1).fill(null), HOST.ip[0]]);
});

Deno.test("an agent's id is the same in upper and in lower case", async () => {
  await using test = await TestManager.open({ agent: false });
  const id = "C2F1A2B0-0000-4000-8000-00000000ABCD";
  assert.equal((await test.register(registration({ id }))).status, 201);
  const again = await test.register(registration({ id: id.toLowerCase(), name: "other" }));
  await assertRefused(again, 409, `Agent id "${id.toLowerCase()}" is taken already`);
  test.agentToken = (await (await test.logIn(id, KEY)).json()).token;
  assert.equal((await test.postEvents(eventsBody(id, ...numbered(1)))).status, 204);
  const stop = [{ module: "agent", id, operation: "update" }, { agent: { status: "shutdown" } }];
  await test.postEvents(eventsBody(id, ...stop), { stream: "stateful" });
  assert.equal((await test.stats()).agents_by_status.stopped, 1);
});

Deno.test("management API wants a user's token, not an agent's", async () => {
  await using test = await TestManager.open();
  const headers = { "Content-Type": "application/json" };
  const post = (authorization: Record<string, string>) =>
    test.fetch("http://manager/agents", {
      method: "POST",
      headers: { ...headers, ...authorization },
      body: JSON.stringify(registration()),
    });
  await assertRefused(await post({}), 401, "No token");
  await assertRefused(await post({ Authorization: "Bearer nonsense" }), 401, "Invalid token");
  const asAgent = await post({ Authorization: `Bearer ${test.agentToken}` });
  await assertRefused(asAgent, 403, "Permission denied");
});

Deno.test("management API says what it has no path or no method for", async () => {
  await using test = await TestManager.open({ agent: false });
  await assertRefused(await test.fetch("http://manager/nothing"), 404, 'No such path "/nothing"');
  const wrongMethod = await test.fetch("http://manager/agents");
  assert.equal(wrongMethod.headers.get("Allow"), "POST");
  await assertRefused(wrongMethod, 405, "Method GET is not allowed here");
});

Deno.test("stats count agents, answers by route and status, and open polls", async () => {
  await using test = await TestManager.open();
  await (await test.logIn(test.agentId, "wrong")).body?.cancel();
  const poll = test.get("/api/v1/commands");
  await test.clock.advance(0);
  const stats = await test.stats();
  assert.equal(stats.schema, 1);
  assert.equal(stats.agents, 1);
  assert.equal(stats.open_polls, 1);
  assert.equal(stats.started_at, "2026-01-01T00:00:00.000Z");
  assert.deepEqual(stats.requests.login, { 200: 1, 401: 1 });
  assert.deepEqual(stats.events, { stateless: 0, stateful: 0 });
  test.manager.endWaits();
  assert.equal((await poll).status, 200);
});
