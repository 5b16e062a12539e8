import assert from "node:assert/strict";
import { BucketDigests, documentDigest } from "../../../src/shared/states/document_digest.ts";
import { assertRefused, eventsBody, TestManager } from "../harness.ts";

const SOURCE = { module: "inventory", collector: "packages" };
const ID = "0a".padEnd(40, "0");
const OTHER = "0b".padEnd(40, "0");

/** A change as it stands on the wire. */
function lines(operation: string, id: string, data: object = {}): object[] {
  const header = { ...SOURCE, id, operation };
  return operation === "delete" ? [header] : [header, data];
}

async function post(test: TestManager, ...events: object[]) {
  const answer = await test.postEvents(eventsBody(test.agentId, ...events), { stream: "stateful" });
  const { results } = await answer.json();
  return results.map(({ result, status }: { result: string; status: number }) =>
    `${result} ${status}`
  );
}

async function shown(test: TestManager, query = "") {
  const answer = await test.fetch(`http://manager/manager/agents/${test.agentId}/state${query}`, {
    headers: { Authorization: `Bearer ${await test.userToken()}` },
  });
  return { status: answer.status, body: await answer.json() };
}

async function digest(test: TestManager, documents: Record<string, object>) {
  const digests = new BucketDigests();
  for (const [id, data] of Object.entries(documents)) digests.add(id, documentDigest({ ...data }));
  const answer = await test.get("/api/v1/state/digest", {
    method: "POST",
    headers: { "Authorization": `Bearer ${test.agentToken}`, "Content-Type": "application/json" },
    body: JSON.stringify({ ...SOURCE, buckets: digests.toHex() }),
  });
  assert.equal(answer.status, 200);
  return await answer.json();
}

Deno.test("stateful events make documents: the one that comes last wins, whatever it is called", async () => {
  await using test = await TestManager.open();
  const answers = await post(
    test,
    ...lines("create", ID, { a: 1 }),
    ...lines("update", ID, { a: 2 }),
    ...lines("update", OTHER, { b: 1 }),
    ...lines("create", ID, { a: 3 }),
  );
  assert.deepEqual(answers, ["created 201", "updated 200", "updated 200", "created 201"]);
  const { body } = await shown(test);
  const { updated_at: _, ...first } = body.documents[0];
  assert.deepEqual(first, { ...SOURCE, id: ID, data: { a: 3 } });
  assert.deepEqual(body.counts, [{ ...SOURCE, documents: 2 }]);
  assert.deepEqual(await post(test, ...lines("delete", ID), ...lines("delete", ID)), [
    "deleted 200",
    "deleted 200",
  ]);
  assert.deepEqual((await shown(test)).body.counts, [{ ...SOURCE, documents: 1 }]);
  assert.equal((await test.stats()).documents, 1);
});

Deno.test("a repeated request changes no document, and gets the answer of the first", async () => {
  await using test = await TestManager.open();
  const body = eventsBody(test.agentId, ...lines("create", ID, { a: 1 }));
  const send = () => test.postEvents(body, { stream: "stateful", key: "one" });
  const first = await (await send()).text();
  await post(test, ...lines("update", ID, { a: 2 }));
  assert.equal(await (await send()).text(), first);
  assert.deepEqual((await shown(test)).body.documents[0].data, { a: 2 });
});

Deno.test("messages of agent and commands make no documents, and are answered as before", async () => {
  await using test = await TestManager.open();
  const messages = [
    { module: "command", id: "1", operation: "update" },
    { command: { result: { code: 0, message: "" } } },
    { module: "agent", id: test.agentId, operation: "update" },
    { agent: { status: "shutdown" } },
  ];
  assert.deepEqual(await post(test, ...messages), ["updated 200", "updated 200"]);
  assert.deepEqual((await shown(test)).body, { documents: [], counts: [], next_cursor: null });
});

Deno.test("GET /manager/agents/ID/state pages by cursor and filters by module and collector", async () => {
  await using test = await TestManager.open();
  const ids = Array.from({ length: 5 }, (_, index) => `${index}`.padStart(40, "0"));
  await post(test, ...ids.flatMap((id) => lines("create", id, { id })));
  const header = { module: "fim", collector: "file", id: ID, operation: "create" };
  await post(test, header, { file: { path: "/etc/passwd" } });
  const all: string[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const { body } = await shown(test, `?limit=2${cursor && `&cursor=${cursor}`}`);
    all.push(...body.documents.map(({ module, id }: Record<string, string>) => `${module} ${id}`));
    cursor = body.next_cursor;
  }
  assert.deepEqual(all, [`fim ${ID}`, ...ids.map((id) => `inventory ${id}`)]);
  const packages = await shown(test, "?module=inventory&collector=packages");
  assert.equal(packages.body.documents.length, 5);
  assert.deepEqual((await shown(test, "?module=inventory&collector=ports")).body.documents, []);
  assert.equal((await shown(test, "?cursor=x")).status, 400);
  assert.equal((await shown(test, "?limit=0")).status, 400);
  const unknown = await test.fetch("http://manager/manager/agents/none/state", {
    headers: { Authorization: `Bearer ${await test.userToken()}` },
  });
  assert.equal(unknown.status, 404);
  await assertRefused(
    await test.fetch(`http://manager/manager/agents/${test.agentId}/state`),
    401,
    /./,
  );
});

Deno.test("POST /api/v1/state/digest says which buckets differ, and what is in them", async () => {
  await using test = await TestManager.open();
  await post(
    test,
    ...lines("create", ID, { a: 1, "@timestamp": "1" }),
    ...lines("create", OTHER, { b: 1 }),
  );
  assert.deepEqual(await digest(test, { [ID]: { a: 1 }, [OTHER]: { b: 1 } }), {
    differ: [],
    documents: {},
  });
  const answer = await digest(test, {
    [ID]: { a: 2 },
    [OTHER]: { b: 1 },
    ["ff".padEnd(40, "0")]: {},
  });
  assert.deepEqual(answer.differ, [10, 255]);
  assert.deepEqual(Object.keys(answer.documents), ["10", "255"]);
  assert.deepEqual(Object.keys(answer.documents["10"]), [ID]);
  const wrong = await test.get("/api/v1/state/digest", {
    method: "POST",
    headers: { "Authorization": `Bearer ${test.agentToken}`, "Content-Type": "application/json" },
    body: JSON.stringify({ ...SOURCE, buckets: ["0"] }),
  });
  assert.equal(wrong.status, 400);
});

Deno.test("an agent's documents go with it, and are nobody else's", async () => {
  await using test = await TestManager.open();
  await post(test, ...lines("create", ID, { a: 1 }));
  const { documents } = test.manager.store;
  assert.equal(documents.list({ agentId: "another", limit: 10 }).length, 0);
  await test.fetch(`http://manager/agents/${test.agentId}`, {
    method: "DELETE",
    headers: { Authorization: `Bearer ${await test.userToken()}` },
  });
  assert.deepEqual([documents.total(), documents.counts(test.agentId)], [0, []]);
});
