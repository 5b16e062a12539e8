import assert from "node:assert/strict";
import { eventsBody, numbered, type TestManager } from "../harness.ts";
import { poll, report } from "../commands/scene.ts";
import { openPage } from "./visitor.ts";

/** Sends stateful events of the manager's agent: header and data by turns. */
async function tell(manager: TestManager, ...lines: object[]): Promise<void> {
  const body = eventsBody(manager.agentId, ...lines);
  const answer = await manager.postEvents(body, { stream: "stateful" });
  assert.equal(answer.status, 200, await answer.text());
}

function header(module: string, id: string, collector?: string): object {
  return { module, id, operation: "create", ...(collector && { collector }) };
}

Deno.test("page: an agent's states are remembered, 16 changes, across the manager's restart", async () => {
  const dataFolder = await Deno.makeTempDir();
  try {
    const read = async (change: boolean) => {
      const { manager, visitor } = await openPage({ dataFolder, agent: change });
      await using _manager = manager;
      const { keepAlive, store } = manager.manager;
      const id = manager.agentId || keepAlive.views.list({ limit: 1, after: "" }).agents[0]?.id;
      for (let count = 0; change && count < 10; count++) {
        keepAlive.heard(manager.agentId, "poll", undefined);
        await keepAlive.writeDown();
        await manager.clock.advance(1_000);
        keepAlive.stopped(manager.agentId);
        await keepAlive.writeDown();
        await manager.clock.advance(60_000);
      }
      const text = await visitor.read(`/page/agents/${id}`);
      return { text, history: store.views.states.of(id ?? "") };
    };
    const { text, history } = await read(true);
    assert.equal(history.length, 16);
    assert.deepEqual(history.slice(0, 2).map(({ previous, current }) => [previous, current]), [
      ["active", "stopped"],
      ["stopped", "active"],
    ]);
    assert.ok(text.includes("The newest 16 changes"));
    assert.ok(text.includes("said that it stops"));
    assert.deepEqual((await read(false)).history, history);
  } finally {
    await Deno.remove(dataFolder, { recursive: true });
  }
});

Deno.test("page: the states of an agent that is removed are forgotten", async () => {
  const { manager } = await openPage();
  await using _manager = manager;
  const { keepAlive, store } = manager.manager;
  keepAlive.heard(manager.agentId, "poll", undefined);
  await keepAlive.writeDown();
  assert.equal(store.views.states.of(manager.agentId)[0]?.current, "active");
  store.agents.remove(manager.agentId);
  assert.deepEqual(store.views.states.of(manager.agentId), []);
});

Deno.test("page: an agent shows its newest batches with their events, and the losses that it told", async () => {
  const { manager, visitor } = await openPage();
  await using _manager = manager;
  for (let count = 1; count <= 12; count++) {
    await manager.postEvents(eventsBody(manager.agentId, ...numbered(count)), {
      key: `batch-${count}`,
    });
  }
  const { module, collector } = { module: "agent", collector: "loss_ledger" };
  const loss = { stream: "stateless", events: 41, bytes: 1, reason: "queue_full", detail: "" };
  await manager.postEvents(
    eventsBody(manager.agentId, { module, collector }, { event: {}, loss }),
  );
  await tell(manager, header("fim", "a"), { file: { path: "/etc/x" } }, {
    ...header("fim", "b"),
    operation: "delete",
  });
  const batches = manager.manager.store.views.batches.newest(manager.agentId, 3);
  assert.deepEqual(batches.map(({ id, stream, events }) => [id, stream, events]), [
    [null, "stateful", 2],
    [null, "stateless", 1],
    ["batch-12", "stateless", 12],
  ]);
  const text = await visitor.read(`/page/agents/${manager.agentId}`);
  assert.ok(text.includes("<code>batch-12</code>"));
  assert.ok(!text.includes("<code>batch-2</code>"));
  assert.ok(text.includes("queue_full"));
});

Deno.test("page: a very long path is shown by its two ends, and a policy without a name has a link to read", async () => {
  const { manager, visitor } = await openPage();
  await using _manager = manager;
  const path = `/srv/${"folder/".repeat(100)}the-file.conf`;
  await tell(
    manager,
    header("fim", "f1"),
    { file: { path } },
    header("sca", "s1"),
    { policy: { id: "p", name: " " }, check: { id: 1, result: "Passed" } },
  );
  const text = await visitor.read(`/page/agents/${manager.agentId}`);
  const [, title, shown = ""] = /<code title="([^"]+)">([^<]+)<\/code>/.exec(text) ?? [];
  assert.equal(title, path);
  assert.deepEqual([[...shown].length, shown.slice(0, 10)], [72, path.slice(0, 10)]);
  assert.match(shown, /….*\/the-file\.conf$/);
  assert.match(text, />A policy without a name<\/a>/);
});

Deno.test("page: an agent shows its documents, counted as the API counts them, the newest files and the score of each policy", async () => {
  const { manager, visitor } = await openPage();
  await using _manager = manager;
  const policy = { id: "p", name: "CIS <1>" };
  const check = (id: number, result: string) => [
    header("sca", String(id)),
    { policy, check: { id, result } },
  ];
  await tell(
    manager,
    ...[...Array(7).keys()].flatMap((id) => check(id, "Passed")),
    ...[8, 9].flatMap((id) => check(id, "Failed")),
    ...check(10, "Not applicable"),
    ...[...Array(120).keys()].flatMap((number) => [
      header("inventory", `p${number}`, "packages"),
      { package: { name: `<p>${number}`, version: null } },
    ]),
    ...[header("fim", "f1"), { file: { path: "/etc/<b>" } }],
  );
  const { agentId } = manager;
  const text = await visitor.read(`/page/agents/${agentId}`);
  assert.ok(text.includes("77 %"), "7 of 9 with a verdict");
  assert.ok(text.includes("7 passed, 2 failed, 1 not applicable"));
  assert.ok(text.includes("CIS &lt;1&gt;"));
  assert.ok(text.includes("<code>/etc/&lt;b&gt;</code>"));
  const answer = await manager.fetch(`http://manager/manager/agents/${agentId}/state`, {
    headers: { Authorization: `Bearer ${await manager.userToken()}` },
  });
  const { counts } = await answer.json();
  for (const { module, collector, documents } of counts) {
    const [, href, count] = new RegExp(
      `href="([^"]*)" data-documents="${module}/${collector}">.*?<data value="(\\d+)"`,
    ).exec(text) ?? [];
    assert.equal(Number(count), documents);
    const seen = new Set<string>();
    for (let path = href?.replaceAll("&amp;", "&"); path !== undefined;) {
      const page: string = await visitor.read(path);
      assert.ok(page.includes(`<data value="${documents}">`));
      for (const [, id = ""] of page.matchAll(/data-document="([^"]*)"/g)) seen.add(id);
      path = /<a href="([^"]+)">Next page/.exec(page)?.[1]?.replaceAll("&amp;", "&");
    }
    assert.equal(seen.size, documents, `${module} ${collector}`);
  }
  assert.equal((await visitor.get(`/page/agents/${agentId}/documents?cursor=x`)).status, 400);
});

Deno.test("page: an agent may tell anything as its status, and what it tells stays text", async () => {
  const { manager, visitor } = await openPage();
  await using _manager = manager;
  const path = `/page/agents/${manager.agentId}`;
  assert.ok((await visitor.read(path)).includes("It has told no status"));
  const status = {
    modules: [
      { name: "fim", state: "degraded", events: 12, reason: "<u>denied</u>", last_event_at: "x" },
      { name: "odd", state: 7, events: "many", last_error: ["x"] },
    ],
    streams: { stateless: { queued_events: 3, dropped_events: "x" }, odd: null },
    state: { reason: "<s>away</s>" },
  };
  const order = { type: "agent", id: manager.agentId };
  const body = {
    commands: [{
      source: "Users/Services",
      user: "u",
      target: order,
      action: { name: "status", args: {}, version: "5.0.0" },
      timeout: 100,
    }],
  };
  await manager.fetch("http://manager/_plugins/_command_manager/commands", {
    method: "POST",
    headers: {
      "Authorization": `Bearer ${await manager.userToken()}`,
      "Content-Type": "application/json",
    },
    body: JSON.stringify(body),
  });
  const [given] = await poll(manager);
  await report(manager, given?.document_id ?? "", { code: 0, message: "ok", data: status });
  const text = await visitor.read(path);
  assert.ok(text.includes("&lt;u&gt;denied&lt;/u&gt;"));
  assert.ok(text.includes("stateless: 3 queued, 0 dropped and 0 set aside ever"));
  assert.ok(text.includes("&lt;s&gt;away&lt;/s&gt;"));
});
