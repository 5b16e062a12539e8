import assert from "node:assert/strict";
import { DEFAULTS } from "../../../src/manager/config/manager_options.ts";
import { MemoryClock } from "../../support/fake_clock.ts";
import { KEY, type TestManager } from "../harness.ts";
import { agentsIn, countIn, openPage } from "./visitor.ts";

const DAY_MS = 86_400_000;

/** Registers an agent behind the API's back; the last digits of its id are `number`. */
function addAgent(manager: TestManager, number: number, changes: Record<string, unknown> = {}) {
  const id = `019a0000-0000-7000-8000-${String(number).padStart(12, "0")}`;
  manager.manager.store.agents.add({
    id,
    name: `agent-${number}`,
    key: KEY,
    version: "0.2.0",
    host: {},
    groups: [],
    registeredAtMs: manager.clock.now(),
    ...changes,
  });
  return id;
}

async function apiList(manager: TestManager, query: string): Promise<{ id: string }[]> {
  const answer = await manager.fetch(`http://manager/manager/agents?limit=1000${query}`, {
    headers: { Authorization: `Bearer ${await manager.userToken()}` },
  });
  return (await answer.json()).agents;
}

Deno.test("page: each count is that of the API, and leads to a list of that length", async () => {
  // Each keep-alive is a turn of the clock.
  const keepAliveOptions = { ...DEFAULTS.keepAlive, interval: DAY_MS, timeout: 2 * DAY_MS };
  const { manager, visitor } = await openPage({ agent: false, keepAlive: keepAliveOptions });
  await using _manager = manager;
  const ids = Array.from({ length: 9 }, (_, index) => addAgent(manager, index + 1));
  const { keepAlive } = manager.manager;
  for (const id of ids.slice(0, 6)) keepAlive.heard(id, "login", "192.0.2.1");
  for (const id of ids.slice(0, 5)) keepAlive.heard(id, "poll", "192.0.2.1");
  keepAlive.stopped(ids[0] ?? "");
  await manager.clock.advance(31 * DAY_MS);
  await visitor.logIn();
  for (const id of ids.slice(3, 5)) keepAlive.heard(id, "poll", "192.0.2.1");
  const stats = await manager.stats();
  assert.deepEqual(stats.agents_by_status, {
    active: 2,
    disconnected: 3,
    pending: 0,
    never_connected: 3,
    stopped: 1,
  });
  assert.equal(stats.agents_silent_30_days, 4);
  const expected = {
    all: stats.agents,
    ...stats.agents_by_status,
    silent: stats.agents_silent_30_days,
    cloned: stats.cloned_agents,
  };
  const text = await visitor.read("/page/fleet");
  for (const [kind, value] of Object.entries(expected)) {
    const count = countIn(text, kind);
    assert.equal(count.value, value, kind);
    const listed = agentsIn(await visitor.read(count.href));
    assert.equal(listed.length, value, count.href);
    const { search } = new URL(count.href, "http://manager");
    const ofApi = await apiList(manager, search.replace("?", "&"));
    assert.deepEqual(listed.toSorted(), ofApi.map(({ id }) => id).toSorted());
  }
});

Deno.test("page: the longest silence stands first, and every agent on one page, whatever their number", async () => {
  const { manager, visitor } = await openPage({ agent: false, clock: new MemoryClock() });
  await using _manager = manager;
  const { keepAlive } = manager.manager;
  const ids = Array.from({ length: 250 }, (_, index) => addAgent(manager, index + 1));
  for (const [index, id] of ids.slice(0, 120).entries()) {
    await manager.clock.advance(100);
    keepAlive.heard(id, "poll", undefined);
    if (index < 50) keepAlive.stopped(id);
  }
  for (const order of ["contact", "name", "id"]) {
    const seen: string[] = [];
    for (let path: string | undefined = `/page/fleet?order=${order}`; path !== undefined;) {
      const text: string = await visitor.read(path);
      assert.ok(text.includes('<data value="250">250</data> agents'));
      seen.push(...agentsIn(text));
      path = /<a href="([^"]+)">Next page/.exec(text)?.[1]?.replaceAll("&amp;", "&");
    }
    assert.equal(new Set(seen).size, 250, order);
    assert.equal(seen.length, 250, order);
    if (order === "contact") {
      // Registered before any of the others was heard of, and never came.
      assert.deepEqual(seen.slice(0, 130), ids.slice(120));
      assert.deepEqual(seen.slice(130, 180), ids.slice(0, 50));
      assert.deepEqual(seen.slice(180), ids.slice(50, 120));
    }
  }
});

Deno.test("page: agents are found by text, version and group, and a filter that is empty is none", async () => {
  const { manager, visitor } = await openPage({ agent: false });
  await using _manager = manager;
  const web = addAgent(manager, 1, { name: "Web-1", groups: ["web", "eu"], version: "0.1.9" });
  const db = addAgent(manager, 2, { name: "db%1", groups: ["eu"], host: { ip: ["192.0.2.77"] } });
  const found = async (query: string) => agentsIn(await visitor.read(`/page/fleet?${query}`));
  assert.deepEqual(await found("text=wEB"), [web]);
  assert.deepEqual(await found("text=%25"), [db]);
  assert.deepEqual(await found("text=192.0.2.78"), []);
  assert.deepEqual(await found("text=192.0.2.77"), [db]);
  assert.deepEqual(await found(`text=${web.slice(-6)}`), [web]);
  assert.deepEqual(await found("version=0.1.9&group=eu"), [web]);
  assert.deepEqual(await found("group=eu&status=&text=&version="), [web, db]);
  const text = await visitor.read("/page/fleet");
  assert.match(
    text,
    /<a href="\/page\/fleet\?group=eu"><span class="name">eu<\/span><data value="2">/,
  );
  assert.match(text, /<a href="\/page\/fleet\?version=0.1.9">.*?<data value="1">/);
});

Deno.test("page: what stands in a name stays text", async () => {
  const { manager, visitor } = await openPage({ agent: false });
  await using _manager = manager;
  const name = `<script>alert("1")</script>'&`;
  addAgent(manager, 1, { name, groups: [], version: `"><img src=x onerror=alert(1)>` });
  const text = await visitor.read(`/page/fleet?text=${encodeURIComponent("<SCRIPT>")}`);
  assert.ok(text.includes("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;"), text);
  assert.ok(!text.includes("<script>alert"));
  assert.ok(!text.includes("<img src=x"));
});

Deno.test("page: a parameter that is wrong is named", async () => {
  const { manager, visitor } = await openPage({ agent: false });
  await using _manager = manager;
  for (
    const [query, message] of [
      ["status=lost", "status is not one of active"],
      ["order=age", "order is not one of id, name, contact"],
      ["silent_days=0", "silent_days is not from 1 to"],
      ["cursor=x", "cursor is not a next_cursor of an answer"],
      ["order=contact&cursor=019a0000-0000-7000-8000-000000000001", "cursor is not"],
      ["page=2", "page is not one of status"],
    ]
  ) {
    const answer = await visitor.get(`/page/fleet?${query}`);
    assert.equal(answer.status, 400, query);
    assert.ok((await answer.text()).includes(message ?? ""), query);
  }
});
