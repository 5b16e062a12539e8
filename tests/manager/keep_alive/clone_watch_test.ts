import assert from "node:assert/strict";
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
    test.manager.commands.submit([{ source: "Engine", user: "u", target, action, timeout: 60 }]);
  };
  const shown = () => test.manager.keepAlive.views.list({ limit: 1, after: "" }).agents[0];
  const clones = () => {
    test.manager.keepAlive.writeDown();
    return findings.filter((one) => "reason" in one && one.reason === "cloned_identity").length;
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

type Cloned = Awaited<ReturnType<typeof scene>>;

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
  await takeTurns(one, ...Array.from({ length: 20 }, (_, index) => index));
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
