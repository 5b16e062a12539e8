import assert from "node:assert/strict";
import { assertRefused, registration } from "../harness.ts";
import {
  LATE_MS,
  RETRY_MS,
  sayGoodbye,
  sendEvents,
  TIMEOUT_MS,
  WatchScene,
} from "../keep_alive/watch_scene.ts";

Deno.test("GET /manager/agents shows how an agent stands", async () => {
  await using watch = await WatchScene.open();
  const registeredAt = new Date(watch.clock.now()).toISOString();
  const agent = await watch.activeAgent("box", ["web", "linux"]);
  await watch.clock.advance(RETRY_MS);
  await sendEvents(agent);
  assert.deepEqual(await watch.page(), {
    agents: [{
      id: agent.agentId,
      name: "box",
      version: "1.0",
      groups: ["web", "linux"],
      ip: "192.0.2.7",
      status: "active",
      status_number: 0,
      since: registeredAt,
      last_sign_of_life: new Date(watch.clock.now()).toISOString(),
      cloned_since: null,
      cloned_signals: [],
      missed_keep_alives: 0,
      registered_at: registeredAt,
    }],
    next_cursor: null,
  });
});

Deno.test("GET /manager/agents knows no sign of life and no address where there is none", async () => {
  await using watch = await WatchScene.open();
  const host = { ...registration().host as object, ip: [] };
  await watch.scene.test.register(registration({ host }));
  const [agent] = (await watch.page("status=never_connected")).agents;
  assert.deepEqual(
    [agent?.ip, agent?.last_sign_of_life, agent?.status_number],
    [null, null, 3],
  );
});

Deno.test("GET /manager/agents filters by status and group, and stats count by status", async () => {
  await using watch = await WatchScene.open();
  const names = async (query: string) =>
    (await watch.page(query)).agents.map(({ name }) => name).toSorted();
  await watch.activeAgent("lost", ["web"]);
  await watch.clock.advance(TIMEOUT_MS + LATE_MS);
  await watch.activeAgent("one", ["web"]);
  await watch.activeAgent("two", ["db"]);
  await sayGoodbye(await watch.activeAgent("gone", ["web", "db"]));
  await watch.scene.agent("new");
  await watch.scene.test.register(registration({ name: "silent" }));
  assert.deepEqual(await names("status=active"), ["one", "two"]);
  assert.deepEqual(await names("group=web"), ["gone", "lost", "one"]);
  assert.deepEqual(await names("group=web&status=disconnected"), ["lost"]);
  assert.deepEqual(await names("status=pending&group=web"), []);
  assert.deepEqual((await watch.scene.test.stats()).agents_by_status, {
    active: 2,
    disconnected: 1,
    pending: 1,
    never_connected: 1,
    stopped: 1,
  });
});

Deno.test("GET /manager/agents goes on where a page ended, whoever registers meanwhile", async () => {
  await using watch = await WatchScene.open();
  const id = (number: number) => `01a1fbd6-506d-73a6-bc20-${String(number).padStart(12, "0")}`;
  const register = (number: number) =>
    watch.scene.test.register(registration({ id: id(number), name: `agent ${number}` }));
  for (const number of [20, 10, 40, 30]) await register(number);
  const first = await watch.page("limit=2");
  assert.deepEqual(first.agents.map((agent) => agent.id), [id(10), id(20)]);
  await register(5);
  await register(25);
  const second = await watch.page(`limit=2&cursor=${first.next_cursor}`);
  assert.deepEqual(second.agents.map((agent) => agent.id), [id(25), id(30)]);
  const third = await watch.page(`limit=2&cursor=${second.next_cursor}`);
  assert.deepEqual(third.agents.map((agent) => agent.id), [id(40)]);
  assert.equal(third.next_cursor, null);
  const whole = await watch.page("limit=6");
  assert.deepEqual([whole.agents.length, whole.next_cursor], [6, null]);
});

Deno.test("GET /manager/agents names the parameter that is wrong, and wants a user", async () => {
  await using watch = await WatchScene.open();
  const cases: [string, RegExp][] = [
    [
      "status=lost",
      /^status is not one of active, disconnected, pending, never_connected, stopped$/,
    ],
    ["group=", /^group is not 1 to 256 characters long$/],
    ["limit=0", /^limit is not from 1 to 1000$/],
    ["limit=1001", /^limit is not from 1 to 1000$/],
    ["limit=many", /^limit is not a whole number$/],
    ["limit=2&limit=3", /^limit is given more than once$/],
    ["cursor=01A1FBD6-506D-73A6-BC20-000000000001", /^cursor is not a next_cursor of an answer$/],
    [`cursor=${"-".repeat(36)}`, /^cursor is not a next_cursor of an answer$/],
    ["cursor=x", /^cursor is not a next_cursor of an answer$/],
    [
      "stat=active",
      /^stat is not one of status, group, version, text, cloned, silent_days, order, limit, cursor$/,
    ],
  ];
  for (const [query, message] of cases) {
    await assertRefused(await watch.scene.manage(`/manager/agents?${query}`), 400, message);
  }
  const agent = await watch.activeAgent();
  await assertRefused(await agent.get("/manager/agents"), 403, "Permission denied");
});
