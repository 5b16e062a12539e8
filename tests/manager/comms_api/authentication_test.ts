import assert from "node:assert/strict";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { v7 } from "uuid";
import { assertRefused, eventsBody, KEY, numbered, TestManager } from "../harness.ts";

const POLL = "/api/v1/files?file_name=web.yml";

Deno.test("log-in answers with an ES256 token for the agent, and the manager's date", async () => {
  await using test = await TestManager.open({ tokenTtlMs: 60_000 });
  const answer = await test.logIn(test.agentId, KEY);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("Date"), "Thu, 01 Jan 2026 00:00:00 GMT");
  const { token } = await answer.json();
  const { uuid, iat = 0, exp = 0, iss, aud } = decodeJwt(token);
  assert.equal(decodeProtectedHeader(token).alg, "ES256");
  assert.deepEqual({ uuid, iss, aud }, { uuid: test.agentId, iss: "manager", aud: "agents" });
  assert.equal(iat, test.clock.now() / 1_000);
  assert.equal(exp - iat, 60);
});

Deno.test("log-in tells an unknown agent from a wrong key", async () => {
  await using test = await TestManager.open();
  await assertRefused(await test.logIn(v7(), KEY), 403, "Agent does not exist");
  await assertRefused(await test.logIn(test.agentId, `${KEY}x`), 401, "Invalid key");
  await assertRefused(await test.logIn(test.agentId, ""), 401, "Invalid key");
});

Deno.test("log-in refuses a body that is no credentials", async () => {
  await using test = await TestManager.open();
  const post = (body: string) =>
    test.fetch("http://manager/api/v1/authentication", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body,
    });
  await assertRefused(await post("{"), 400, "Body is not valid JSON");
  await assertRefused(await post("{}"), 400, '"uuid" and "key" are needed, both strings');
});

Deno.test("a request needs a token that is valid (2706) and not expired (2707)", async () => {
  await using test = await TestManager.open({ tokenTtlMs: 60_000 });
  const code = async () => {
    const answer = await test.get(POLL);
    return { status: answer.status, code: (await answer.json()).code };
  };
  assert.deepEqual(await code(), { status: 404, code: 404 });
  const good = test.agentToken;
  for (const bad of ["", "nonsense", `${good.slice(0, -4)}AAAA`]) {
    test.agentToken = bad;
    assert.deepEqual(await code(), { status: 401, code: 2706 }, bad);
  }
  test.agentToken = await test.userToken();
  assert.deepEqual(await code(), { status: 403, code: 403 }, "a user is no agent");
  test.agentToken = good;
  await test.clock.advance(59_999);
  assert.deepEqual(await code(), { status: 404, code: 404 });
  await test.clock.advance(1);
  assert.deepEqual(await code(), { status: 401, code: 2707 });
  assert.deepEqual(await code(), { status: 401, code: 2707 }, "also when it is not remembered");
});

Deno.test("tokens, keys and counts outlive a restart with the same data folder", async () => {
  const dataFolder = await Deno.makeTempDir();
  let agentId = "";
  let agentToken = "";
  {
    await using test = await TestManager.open({ dataFolder });
    ({ agentId, agentToken } = test);
    const answer = await test.postEvents(eventsBody(agentId, ...numbered(3)));
    assert.equal(answer.status, 204);
  }
  {
    await using test = await TestManager.open({ dataFolder, agent: false });
    Object.assign(test, { agentId, agentToken });
    assert.equal((await test.postEvents(eventsBody(agentId, ...numbered(2)))).status, 204);
    assert.equal((await test.logIn(agentId, KEY)).status, 200);
    const { agents, events } = await test.stats();
    assert.deepEqual({ agents, events }, { agents: 1, events: { stateless: 5, stateful: 0 } });
  }
  await Deno.remove(dataFolder, { recursive: true });
});

Deno.test("an agent's key and the token key are not readable in the data folder", async () => {
  const dataFolder = await Deno.makeTempDir();
  {
    await using test = await TestManager.open({ dataFolder });
    await test.renewToken();
  }
  for await (const { name, isFile } of Deno.readDir(dataFolder)) {
    if (!isFile) continue;
    const content = new TextDecoder("latin1").decode(await Deno.readFile(`${dataFolder}/${name}`));
    assert.ok(!content.includes(KEY), name);
  }
  if (Deno.build.os !== "windows") {
    const { mode } = await Deno.stat(`${dataFolder}/token_key.json`);
    assert.equal((mode ?? 0) & 0o777, 0o600);
  }
  await Deno.remove(dataFolder, { recursive: true });
});

Deno.test("the root of the comms API answers with and without a trailing slash", async () => {
  await using test = await TestManager.open({ agent: false });
  for (const path of ["/api/v1/", "/api/v1"]) {
    assert.equal((await test.fetch(`http://manager${path}`)).status, 200);
  }
});
