import assert from "node:assert/strict";
import { settle } from "../../support/fake_clock.ts";
import { assertRefused, TestManager } from "../harness.ts";

const COMMANDS = "/api/v1/commands";
const COMMAND = { document_id: "d1", action: { name: "restart" } };

Deno.test("poll is held until its time is over, and then ends with 408", async () => {
  await using test = await TestManager.open({ pollTimeoutMs: 30_000 });
  let ended = false;
  const poll = test.get(COMMANDS).finally(() => ended = true);
  await test.clock.advance(29_999);
  assert.equal(ended, false);
  await test.clock.advance(1);
  await assertRefused(await poll, 408, "No commands came in time");
  assert.equal(test.manager.polls.size, 0);
});

Deno.test("PollRegistry.deliver() answers an open poll, and says when there is none", async () => {
  await using test = await TestManager.open();
  const { polls } = test.manager;
  assert.equal(polls.deliver(test.agentId, [COMMAND]), false);
  const poll = test.get(COMMANDS);
  await settle();
  assert.equal(polls.has(test.agentId), true);
  assert.equal(polls.deliver("another agent", [COMMAND]), false);
  assert.equal(polls.deliver(test.agentId, [COMMAND]), true);
  assert.equal(polls.deliver(test.agentId, [COMMAND]), false, "a poll is answered once");
  assert.deepEqual(await (await poll).json(), { commands: [COMMAND] });
});

Deno.test("a newer poll of an agent ends the older one", async () => {
  await using test = await TestManager.open();
  const older = test.get(COMMANDS);
  await settle();
  const newer = test.get(COMMANDS);
  assert.equal((await older).status, 408);
  assert.equal(test.manager.polls.size, 1);
  test.manager.polls.deliver(test.agentId, []);
  assert.deepEqual(await (await newer).json(), { commands: [] });
});

Deno.test("a poll ends when its client goes away", async () => {
  await using test = await TestManager.open();
  const client = new AbortController();
  const headers = { Authorization: `Bearer ${test.agentToken}` };
  const poll = test.get(COMMANDS, { signal: client.signal, headers });
  await settle();
  assert.equal(test.manager.polls.size, 1);
  client.abort();
  await assert.rejects(poll, { name: "AbortError" });
  assert.equal(test.manager.polls.size, 0);
});

Deno.test("polls end at once when the manager stops, and later ones are not held", async () => {
  await using test = await TestManager.open();
  const poll = test.get(COMMANDS);
  await settle();
  test.manager.endWaits();
  await assertRefused(await poll, 503, "The manager is stopping");
  await assertRefused(await test.get(COMMANDS), 503, "The manager is stopping");
});

Deno.test("poll needs a token", async () => {
  await using test = await TestManager.open({ agent: false });
  await assertRefused(await test.fetch(`http://manager${COMMANDS}`), 401, "No token");
});
