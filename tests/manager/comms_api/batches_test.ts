import assert from "node:assert/strict";
import { assertRefused, eventsBody, numbered, TestManager } from "../harness.ts";

Deno.test("batches: an agent learns which of its own keys were answered, and what", async () => {
  await using test = await TestManager.open();
  const read = async (id: string) => {
    const answer = await test.get(`/api/v1/batches/${encodeURIComponent(id)}`);
    assert.equal(answer.status, 200);
    return await answer.json();
  };
  assert.deepEqual(await read("k/1"), { batch_id: "k/1", known: false, answer: null });
  await test.postEvents("no json", { key: "k/1" });
  assert.equal((await read("k/1")).known, false, "what was refused was not stored");
  await test.postEvents(eventsBody(test.agentId, ...numbered(1)), { key: "k/1" });
  const answer = { status: 204, body: "" };
  assert.deepEqual(await read("k/1"), { batch_id: "k/1", known: true, answer });
  const header = { module: "inventory", id: "a", operation: "delete" };
  await test.postEvents(eventsBody(test.agentId, header), { key: "k2", stream: "stateful" });
  const { known, answer: stateful } = await read("k2");
  assert.equal(known, true);
  assert.equal(stateful.status, 200);
  assert.equal(JSON.parse(stateful.body).results[0].result, "deleted");
  await test.enrol("other");
  assert.equal((await read("k2")).known, false, "keys of others are nobody's business");
  assert.equal((await test.stats()).duplicates_suppressed, 0, "a question is no repeat");
});

Deno.test("batches are told to agents that have logged in only", async () => {
  await using test = await TestManager.open();
  const answer = await test.get("/api/v1/batches/k1", { headers: {} });
  await assertRefused(answer, 401, "No token");
});
