import assert from "node:assert/strict";
import { assertRefused } from "../harness.ts";
import { command, report, Scene } from "./scene.ts";

const EVERYBODY = command({ target: { type: "group", id: "*" } });

Deno.test("orders are listed page by page, each once, archived ones in their place", async () => {
  await using scene = await Scene.open({ archiveAfterMs: 0 });
  const agents = [await scene.agent("one"), await scene.agent("two"), await scene.agent("three")];
  const ids = [...await scene.submit(EVERYBODY), ...await scene.submit(EVERYBODY, EVERYBODY)];
  for (const { target, document_id } of await scene.orders("limit=4")) {
    const agent = agents.find(({ agentId }) => agentId === target?.id);
    assert.ok(agent !== undefined);
    if (target?.id !== agents[0]?.agentId) await report(agent, document_id, { code: 0 });
  }
  await scene.clock.advance(1);
  const seen: string[] = [];
  const archived: boolean[] = [];
  let cursor: string | null = "0-0";
  while (cursor !== null) {
    const body = await (await scene.manage(`/manager/orders?limit=2&cursor=${cursor}`)).json();
    assert.ok(body.orders.length <= 2);
    for (const order of body.orders) {
      seen.push(order.document_id);
      archived.push(order.archived);
    }
    cursor = body.next_cursor;
  }
  assert.deepEqual(seen, ids);
  assert.equal(archived.filter((is) => is).length, (await scene.orders("status=success")).length);
  assert.ok(archived.includes(true) && archived.includes(false));
});

Deno.test("orders are filtered by status, agent and request together", async () => {
  await using scene = await Scene.open();
  const [one] = [await scene.agent("one"), await scene.agent("two")];
  await scene.submit(EVERYBODY);
  const [first] = await scene.submit(EVERYBODY);
  const mine = await scene.orders(`agent=${one.agentId}`);
  assert.deepEqual(mine.map(({ request_id }) => request_id), ["1", "2"]);
  for (const { document_id } of mine) await report(one, document_id, { code: 0 });
  const found = await scene.orders(`agent=${one.agentId}&status=success&request=2`);
  assert.equal(found.length, 1);
  assert.deepEqual(found[0]?.request_id, first?.split("-")[1]);
  assert.equal((await scene.orders("status=pending")).length, 2);
  assert.deepEqual(await scene.orders("agent=nobody"), []);
});

Deno.test("a request shows how many of its orders stand where", async () => {
  await using scene = await Scene.open();
  const agent = await scene.agent("one");
  await scene.agent("two");
  await scene.submit(EVERYBODY, EVERYBODY);
  const [order] = await scene.orders(`agent=${agent.agentId}`);
  await report(agent, order?.document_id ?? "", { code: 1 });
  const answer = await scene.manage("/manager/requests/1");
  assert.deepEqual(await answer.json(), {
    request_id: "1",
    orders: 4,
    pending: 3,
    sent: 0,
    success: 0,
    failure: 1,
  });
  for (const id of ["2", "0", "x", "1.5"]) {
    await assertRefused(await scene.manage(`/manager/requests/${id}`), 404, `No request "${id}"`);
  }
});

Deno.test("a query that cannot be read is refused", async () => {
  await using scene = await Scene.open();
  const cases = [
    ["status=done", "status is not one of pending, sent, success, failure"],
    ["limit=0", "limit is not from 1 to 1000"],
    ["limit=1001", "limit is not from 1 to 1000"],
    ["limit=x", "limit is not a whole number"],
    ["request=-1", "request is not a whole number"],
    ["cursor=7", "cursor is not a next_cursor of an answer"],
    ["status=sent&status=sent", "status is given more than once"],
    ["agents=x", "agents is not one of status, agent, request, limit, cursor"],
  ];
  for (const [query, message = ""] of cases) {
    await assertRefused(await scene.manage(`/manager/orders?${query}`), 400, message);
  }
});

Deno.test("views want the user's token, and GET only", async () => {
  await using scene = await Scene.open();
  for (const path of ["/manager/orders", "/manager/requests/1"]) {
    await assertRefused(await scene.test.fetch(`http://manager${path}`), 401, "No token");
    const wrong = await scene.manage(path, { method: "POST", body: "{}" });
    assert.equal(wrong.headers.get("Allow"), "GET");
    await assertRefused(wrong, 405, "Method POST is not allowed here");
  }
});
