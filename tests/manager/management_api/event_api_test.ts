import assert from "node:assert/strict";
import { assertRefused, eventsBody, numbered, TestManager } from "../harness.ts";

interface Line {
  number: number;
  stream: string;
  batch_id: string | null;
  header: { module: string };
  data: { event: { original: string } } | null;
}

async function page(manager: TestManager, query = ""): Promise<{ lines: Line[]; missing: number }> {
  const answer = await manager.fetch(`http://manager/manager/events?${query}`, {
    headers: { Authorization: `Bearer ${await manager.userToken()}` },
  });
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  assert.equal(answer.headers.get("Content-Type"), "application/x-ndjson");
  const lines = text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  return { lines, missing: Number(answer.headers.get("Events-Missing")) };
}

Deno.test("GET /manager/events gives every event once, in order, wherever the pages are cut", async () => {
  await using manager = await TestManager.open();
  const sizes = [3, 1, 7, 2];
  let first = 0;
  for (const [index, size] of sizes.entries()) {
    const body = eventsBody(manager.agentId, ...numbered(size, first));
    await manager.postEvents(body, { key: `batch-${index}` });
    first += size;
  }
  for (const limit of [1, 2, 5, 1_000]) {
    const seen: Line[] = [];
    for (;;) {
      const { lines, missing } = await page(manager, `after=${seen.length}&limit=${limit}`);
      assert.equal(missing, 0);
      if (lines.length === 0) break;
      seen.push(...lines);
    }
    assert.deepEqual(seen.map(({ number }) => number), [...Array(13).keys()].map((n) => n + 1));
    assert.deepEqual(
      seen.map(({ data }) => data?.event.original),
      [...Array(13).keys()].map((n) => `line ${n}`),
    );
  }
});

Deno.test("GET /manager/events has a delete without data, and a batch without a key without an id", async () => {
  await using manager = await TestManager.open();
  const header = { module: "fim", id: "a", operation: "delete" };
  await manager.postEvents(eventsBody(manager.agentId, header), { stream: "stateful" });
  const { lines: [line] } = await page(manager);
  assert.deepEqual([line?.stream, line?.batch_id, line?.data], ["stateful", null, null]);
  assert.deepEqual(line?.header, header);
});

Deno.test("GET /manager/events says how many of what was asked for are no longer kept", async () => {
  await using manager = await TestManager.open({ keepEvents: 10 });
  for (let batch = 0; batch < 10; batch++) {
    await manager.postEvents(eventsBody(manager.agentId, ...numbered(4, batch * 4)));
  }
  const { lines, missing } = await page(manager, "after=5");
  // Whole batches are removed: the oldest that is kept begins with the 29th event.
  assert.equal(missing, 23);
  assert.equal(lines[0]?.number, 29);
});

Deno.test("GET /manager/events refuses a number that no event has had yet: it is of another database", async () => {
  await using manager = await TestManager.open();
  await manager.postEvents(eventsBody(manager.agentId, ...numbered(3)));
  const headers = { Authorization: `Bearer ${await manager.userToken()}` };
  const ask = (after: number) =>
    manager.fetch(`http://manager/manager/events?after=${after}`, { headers });
  const newest = await ask(3);
  assert.deepEqual([newest.status, await newest.text()], [200, ""]);
  const beyond = await ask(4);
  assert.equal(beyond.status, 409);
  assert.match((await beyond.json()).message, /newest event is number 3/);
});

Deno.test("GET /manager/events is for who may read, and names a parameter that is wrong", async () => {
  const users = [{ name: "e", role: "enroller" as const, password: "enrollers-password" }];
  await using manager = await TestManager.open({ users });
  const ask = (query: string, token: string) =>
    manager.fetch(`http://manager/manager/events?${query}`, {
      headers: { Authorization: `Bearer ${token}` },
    });
  const token = await manager.userToken();
  await assertRefused(await ask("after=x", token), 400, "after is not a whole number");
  await assertRefused(await ask("from=1", token), 400, "from is not one of after, limit");
  await assertRefused(await ask("", manager.agentToken), 403, "Permission denied");
  const answer = await manager.authenticate("e:enrollers-password");
  const enroller = (await answer.json()).data.token;
  await assertRefused(await ask("", enroller), 403, /the role enroller does not allow this/);
});
