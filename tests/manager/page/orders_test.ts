import assert from "node:assert/strict";
import { command, poll, report, Scene } from "../commands/scene.ts";
import { Visitor } from "./visitor.ts";

/** The counts of orders by status, and where each leads. */
function orderCounts(text: string): Record<string, { value: number; href: string }> {
  const found = text.matchAll(
    /href="([^"]*)" data-orders="(\w+)"><data value="(\d+)"/g,
  );
  return Object.fromEntries(
    [...found].map(([, href = "", status, value]) => [
      status,
      { value: Number(value), href: href.replaceAll("&amp;", "&") },
    ]),
  );
}

function ordersIn(text: string): string[] {
  return [...text.matchAll(/<tr id="order-([^"]+)"/g)].map(([, id = ""]) => id);
}

/** Three agents; a request for all of them that is pending, failed and done, and one that nobody took yet. */
async function someOrders(scene: Scene): Promise<string[]> {
  const agents = [await scene.agent("one"), await scene.agent("two"), await scene.agent("<b>")];
  await scene.submit(command({ target: { type: "group", id: "*" } }));
  const [one, two] = agents;
  assert.ok(one !== undefined && two !== undefined);
  const [ofOne] = await poll(one);
  await report(one, ofOne?.document_id ?? "", { code: 0, message: "Done", data: null });
  const [ofTwo] = await poll(two);
  await report(two, ofTwo?.document_id ?? "", { code: 1, message: "<i>no</i>", data: null });
  await scene.order(one, { action: { name: "restart", args: {}, version: "5.0.0" } });
  return agents.map(({ agentId }) => agentId);
}

Deno.test("page: each count of orders is that of the API, and leads to a list of exactly these", async () => {
  await using scene = await Scene.open();
  await someOrders(scene);
  const visitor = await new Visitor(scene.test).logIn();
  const text = await visitor.read("/page/orders");
  const counts = orderCounts(text);
  assert.deepEqual(
    Object.entries(counts).map(([status, { value }]) => [status, value]),
    [["success", 1], ["failure", 1], ["sent", 0], ["pending", 2]],
  );
  for (const [status, { value, href }] of Object.entries(counts)) {
    const ofApi = await scene.orders(`status=${status}`);
    assert.equal(value, ofApi.length);
    const listed = ordersIn(await visitor.read(href));
    assert.deepEqual(listed, ofApi.map(({ document_id }) => document_id));
  }
  const list = await visitor.read("/page/orders/list?request=1");
  const { orders, ...ofRequest } = await (await scene.manage("/manager/requests/1")).json();
  assert.ok(list.includes(`<data value="${orders}">${orders}</data> orders`));
  for (const [status, { value, href }] of Object.entries(orderCounts(list))) {
    assert.equal(value, ofRequest[status]);
    assert.equal(ordersIn(await visitor.read(href)).length, value);
  }
});

Deno.test("page: requests stand newest first, with how far they are, page by page", async () => {
  await using scene = await Scene.open();
  await someOrders(scene);
  const visitor = await new Visitor(scene.test).logIn();
  const text = await visitor.read("/page/orders");
  const requests = () => [...text.matchAll(/<tr id="request-(\d+)"/g)].map(([, id]) => Number(id));
  assert.deepEqual(requests(), [2, 1]);
  assert.ok(text.includes("2 of 3 have ended, 1 failed"));
  assert.ok(text.includes("group *"));
  const agent = await scene.agent("busy");
  for (let count = 0; count < 30; count++) await scene.order(agent);
  const seen: number[] = [];
  for (let path: string | undefined = "/page/orders"; path !== undefined;) {
    const page: string = await visitor.read(path);
    seen.push(...[...page.matchAll(/<tr id="request-(\d+)"/g)].map(([, id]) => Number(id)));
    path = /<a href="([^"]+)">Next page/.exec(page)?.[1];
  }
  assert.deepEqual(seen, Array.from({ length: 32 }, (_, index) => 32 - index));
});

Deno.test("page: a request that has moved to the archive is counted still", async () => {
  await using scene = await Scene.open({ archiveAfterMs: 1_000 });
  await someOrders(scene);
  await scene.clock.advance(2_000);
  const visitor = await new Visitor(scene.test).logIn();
  const [archived] = await scene.orders("status=success");
  assert.equal(archived?.archived, true);
  assert.ok((await visitor.read("/page/orders")).includes("2 of 3 have ended, 1 failed"));
});

Deno.test("page: what agents answer and are called stays text, and a request that is not there is said", async () => {
  await using scene = await Scene.open();
  await someOrders(scene);
  const visitor = await new Visitor(scene.test).logIn();
  const text = await visitor.read("/page/orders/list?request=1");
  assert.ok(text.includes("&lt;i&gt;no&lt;/i&gt;"));
  assert.ok(text.includes("&lt;b&gt;</a>"));
  assert.equal((await visitor.get("/page/orders/list?request=77")).status, 404);
  assert.equal((await visitor.get("/page/orders/list?status=lost")).status, 400);
});

Deno.test("page: an agent shows what waits for it, what failed last, and its orders", async () => {
  await using scene = await Scene.open();
  const [one = "", two = ""] = await someOrders(scene);
  const visitor = await new Visitor(scene.test).logIn();
  const ofOne = await visitor.read(`/page/agents/${one}`);
  assert.deepEqual(
    Object.fromEntries(Object.entries(orderCounts(ofOne)).map(([key, { value }]) => [key, value])),
    { all: 2, pending: 1, sent: 0, failure: 0 },
  );
  for (const [status, { value, href }] of Object.entries(orderCounts(ofOne))) {
    assert.equal(ordersIn(await visitor.read(href)).length, value, status);
  }
  assert.ok((await visitor.read(`/page/agents/${two}`)).includes("fetch-config: &lt;i&gt;no"));
  await scene.manage(`/agents/${two}`, { method: "DELETE" });
  assert.equal((await visitor.get(`/page/agents/${two}`)).status, 404);
  // Its orders are there still, under its id.
  assert.ok((await visitor.read("/page/orders/list?request=1")).includes(`<code>${two}</code>`));
});
