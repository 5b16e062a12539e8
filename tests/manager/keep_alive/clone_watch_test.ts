import assert from "node:assert/strict";
import { v7 } from "uuid";
import type { Stream } from "../../../src/shared/protocol/wire.ts";
import { TestManager, type TestOptions } from "../harness.ts";
import type { Finding } from "../../../src/manager/keep_alive/announcement.ts";

async function scene(options: TestOptions = {}) {
  const findings: Finding[] = [];
  const announcer = {
    announce: (found: readonly Finding[]) => () => void findings.push(...found),
    giveUp: () => {},
  };
  const test = await TestManager.open({ announcer, ...options });
  /** A poll of the machine whose connection has this port. */
  const poll = async (remotePort: number) => {
    const headers = { Authorization: `Bearer ${test.agentToken}` };
    const answer = test.manager.apps.comms.fetch(
      new Request("http://manager/api/v1/commands", { headers }),
      { remoteAddress: "192.0.2.1", remotePort },
    );
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
    return answer;
  };
  const order = () => {
    const action = { name: "restart", args: {}, version: "1" };
    const target = { type: "agent" as const, id: test.agentId };
    void test.manager.commands.submit([{
      source: "Engine",
      user: "u",
      target,
      action,
      timeout: 60,
    }]);
  };
  const shown = () => test.manager.keepAlive.views.list({ limit: 1, after: "" }).agents[0];
  const clones = (reason = "cloned_identity") => {
    void test.manager.keepAlive.writeDown();
    return findings.filter((one) => "reason" in one && one.reason === reason).length;
  };
  return {
    test,
    poll: (port: number) => void poll(port),
    settle: () => new Promise((resolve) => setTimeout(resolve, 0)),
    order,
    shown,
    clones,
    [Symbol.asyncDispose]: () => test[Symbol.asyncDispose](),
  };
}

const HOUR_MS = 3_600_000;

function signals(one: Cloned): readonly string[] {
  return one.shown()?.cloned_signals ?? [];
}

type Cloned = Awaited<ReturnType<typeof scene>>;

/** Requests of the agent, each from the next of these addresses. */
async function requestsFrom({ test }: Cloned, ...addresses: string[]): Promise<void> {
  for (const remoteAddress of addresses) {
    const headers = { Authorization: `Bearer ${test.agentToken}` };
    const request = new Request("http://manager/api/v1/batches/nosuch", { headers });
    const answer = await test.manager.apps.comms.fetch(request, { remoteAddress });
    await answer.body?.cancel();
    await test.clock.advance(1_000);
  }
}

/** Batches of the agent, each with a new id unless it has one, from the host that it names. */
async function batches(
  { test }: Cloned,
  ...sent: { host?: string; key?: string; stream?: Stream }[]
): Promise<void> {
  for (const { host, key = v7(), stream = "stateless" } of sent) {
    const agent = { id: test.agentId, ...(host !== undefined && { host: { hostname: host } }) };
    const event = stream === "stateless"
      ? { module: "logcollector", collector: "file" }
      : { module: "inventory", id: "a", operation: "update" };
    const lines = [{ agent }, event, { event: {} }].map((line) => JSON.stringify(line));
    const answer = await test.postEvents(lines.join("\n"), { stream, key });
    assert.ok(answer.ok, await answer.text());
    await test.clock.advance(1_000);
  }
}

/** An id of a batch that was made at this second. */
function idAt(second: number): string {
  return v7({ msecs: 1_800_000_000_000 + second * 1_000 });
}

async function takeTurns({ poll, settle }: Cloned, ...ports: number[]): Promise<void> {
  for (const port of ports) {
    poll(port);
    await settle();
  }
}

Deno.test("two machines with one id are a state of the agent, announced once", async () => {
  await using one = await scene();
  await takeTurns(one, 1, 2, 1, 2);
  assert.equal(one.shown()?.cloned_since, null);
  await takeTurns(one, 1, 2, 1, 2, 1, 2);
  assert.equal(one.shown()?.cloned_since, "2026-01-01T00:00:00.000Z");
  assert.equal(one.clones(), 1);
  await one.test.clock.advance(600_000);
  assert.equal(one.shown()?.cloned_since, null, "mended");
});

Deno.test("an agent whose connections die one after the other is no clone", async () => {
  await using one = await scene();
  for (let port = 0; port < 20; port++) {
    await takeTurns(one, port);
    await one.test.clock.advance(5_000);
  }
  await takeTurns(one, 7, 7, 7, 7);
  assert.equal(one.shown()?.cloned_since, null);
  assert.equal(one.clones(), 0);
});

for (const clonedOrders of ["refuse", "give"] as const) {
  Deno.test(`orders for an id that several machines use: ${clonedOrders}`, async () => {
    await using one = await scene({ clonedOrders });
    await takeTurns(one, 1, 2, 1, 2, 1, 2, 1, 2);
    one.order();
    await one.settle();
    await takeTurns(one, 1);
    const { views } = one.test.manager.commands;
    const { orders } = views.list({ limit: 1, after: { requestId: 0, orderId: 0 } });
    const expected = clonedOrders === "give"
      ? ["sent", null]
      : ["failure", "not given: several machines use this agent's id"];
    const result = orders[0]?.result as { message: string } | null | undefined;
    assert.deepEqual([orders[0]?.status, result?.message ?? null], expected);
  });
}

function repeated<T>(count: number, ...items: T[]): T[] {
  return Array.from({ length: count }, () => items).flat();
}

Deno.test("two machines that open a connection for each poll are found by polls that come again at once", async () => {
  await using one = await scene();
  for (let port = 100; port < 106; port++) {
    await takeTurns(one, port);
    await one.test.clock.advance(200);
  }
  assert.deepEqual(signals(one), ["poll_overlap"]);
});

Deno.test("an agent whose polls a proxy cuts without a word to the manager is no clone", async () => {
  await using one = await scene();
  for (let port = 100; port < 200; port++) {
    await takeTurns(one, port);
    await one.test.clock.advance(2_000);
  }
  assert.deepEqual(signals(one), []);
});

Deno.test("requests from two addresses by turns tell of two machines", async () => {
  await using one = await scene();
  await requestsFrom(one, ...repeated(4, "192.0.2.1", "198.51.100.9"));
  assert.deepEqual(signals(one), ["address"]);
});

Deno.test("addresses by turns tell nothing where they come from a pool", async () => {
  await using one = await scene({ clonesByAddress: false });
  await requestsFrom(one, ...repeated(10, "192.0.2.1", "198.51.100.9"));
  assert.deepEqual(signals(one), []);
});

Deno.test("new addresses, a way out that flaps, and both families by turns are no clones", async () => {
  await using one = await scene();
  await requestsFrom(one, "192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4");
  await requestsFrom(one, ...repeated(2, "192.0.2.4", "198.51.100.9"));
  await requestsFrom(one, ...repeated(30, "192.0.2.4", "2001:db8::4"));
  assert.deepEqual(signals(one), []);
});

Deno.test("batches that name two hosts by turns tell of two machines", async () => {
  await using one = await scene();
  await batches(one, ...repeated(5, { host: "web" }, { host: "web-copy" }));
  assert.deepEqual(signals(one), ["host_name"]);
});

Deno.test("a host that is renamed while batches are in flight is no clone", async () => {
  await using one = await scene();
  const [old, renamed] = [{ host: "web" }, { host: "web-2" }];
  await batches(one, old, old, renamed, old, renamed, old, renamed, renamed, {}, renamed);
  assert.deepEqual(signals(one), []);
});

Deno.test("stateful batches whose ids go back by turns tell of two machines", async () => {
  await using one = await scene();
  const ids = [100, 40, 101, 41, 102, 42, 103].map(idAt);
  await batches(one, ...ids.map((key) => ({ key, stream: "stateful" as const })));
  assert.deepEqual(signals(one), ["batch_order"]);
});

Deno.test("a clock that is set back, repeats and stateless batches that overtake are no clones", async () => {
  await using one = await scene();
  const stateful = [100, 101, 101, 100, 40, 41, 100, 42, 40, 43, 101].map((second) => `${second}`);
  const known = new Map(stateful.map((second) => [second, idAt(Number(second))]));
  await batches(
    one,
    ...stateful.map((second) => ({ key: known.get(second) ?? "", stream: "stateful" as const })),
  );
  await batches(one, ...repeated(5, 100, 40).map((second) => ({ key: idAt(second) })));
  assert.deepEqual(signals(one), []);
});

Deno.test("what is found stays until nothing was seen of it for ten minutes, and its end is told", async () => {
  await using one = await scene();
  const ways = repeated(4, "192.0.2.1", "198.51.100.9");
  await requestsFrom(one, ...ways);
  await one.test.clock.advance(HOUR_MS / 10);
  await requestsFrom(one, ...ways.slice(0, 2));
  await one.test.clock.advance(HOUR_MS / 10);
  assert.deepEqual(signals(one), ["address"]);
  assert.equal((await one.test.stats()).cloned_agents, 1);
  await one.test.clock.advance(HOUR_MS / 10);
  assert.deepEqual(signals(one), []);
  assert.deepEqual([one.clones("cloned_identity"), one.clones("clone_mended")], [1, 1]);
});

Deno.test("the list of agents has those that several machines use by themselves", async () => {
  await using one = await scene();
  const list = async (query: string) => {
    const headers = { Authorization: `Bearer ${await one.test.userToken()}` };
    const answer = await one.test.fetch(`http://manager/manager/agents?${query}`, { headers });
    const { agents, message } = await answer.json();
    return agents?.length ?? message;
  };
  assert.deepEqual([await list("cloned=true"), await list("cloned=false")], [0, 1]);
  await takeTurns(one, 1, 2, 1, 2, 1, 2, 1, 2);
  assert.deepEqual([await list("cloned=true"), await list("cloned=false")], [1, 0]);
  assert.equal(await list("cloned=maybe"), "cloned is not true or false");
});

Deno.test("an order that one of several machines was given says so", async () => {
  await using one = await scene({ clonedOrders: "give" });
  const shown = async () => {
    const headers = { Authorization: `Bearer ${await one.test.userToken()}` };
    const answer = await one.test.fetch("http://manager/manager/orders", { headers });
    return (await answer.json()).orders.map(({ cloned_since = null }) => cloned_since);
  };
  one.order();
  assert.deepEqual(await shown(), [null]);
  await takeTurns(one, 1, 2, 1, 2, 1, 2, 1, 2);
  assert.deepEqual(await shown(), ["2026-01-01T00:00:00.000Z"]);
});
