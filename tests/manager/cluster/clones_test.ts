import assert from "node:assert/strict";
import { clusterTest, startOne } from "../../support/nats_cluster.ts";
import { MemoryClock } from "../../support/fake_clock.ts";
import type { TestManager } from "../harness.ts";
import { followed, manage, twoManagers } from "./two_managers.ts";

/** What a machine with the agent's id asks of a manager. */
async function ask(test: TestManager, token: string, machine: string): Promise<Response> {
  return await test.manager.apps.comms.fetch(
    new Request("http://manager/api/v1/commands", {
      headers: { Authorization: `Bearer ${token}` },
    }),
    { remoteAddress: machine, remotePort: 1_000 },
  );
}

const isFound = (test: TestManager, agentId: string) =>
  test.manager.keepAlive.clones.finding(agentId) !== undefined;

function orderFor(test: TestManager, agentId: string): Promise<Response> {
  const command = {
    source: "Engine",
    user: "me",
    target: { type: "agent", id: agentId },
    action: { name: "restart", args: {}, version: "1" },
    timeout: 60,
  };
  return manage(test, "/_plugins/_command_manager/commands", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ commands: [command] }),
  });
}

clusterTest(
  "cluster: two machines that poll at two managers under one id take each other's polls, and are found at both",
  async () => {
    await using server = await startOne();
    const clock = new MemoryClock();
    await using managers = await twoManagers(server, { clock });
    const { one, other } = managers;
    await one.enrol();
    const { agentId, agentToken } = one;
    const machines = [one, other].map(async (test) => {
      // Each asks again when it has lost its poll, as agents do.
      while (!isFound(one, agentId) || !isFound(other, agentId)) {
        const answering = ask(test, agentToken, "192.0.2.1");
        // Both polls stay open when one begins while it is lost; they end by themselves some time.
        const timer = setTimeout(() => test.manager.polls.keepAlive(agentId), 200);
        const answer = await answering;
        clearTimeout(timer);
        await answer.body?.cancel();
      }
    });
    const over = Promise.all(machines).then(() => true);
    await followed(() => isFound(one, agentId) && isFound(other, agentId));
    for (const { manager } of [one, other]) manager.endWaits();
    await over;
    for (const test of [one, other]) {
      const { agents } = await (await manage(test, "/manager/agents?cloned=true")).json();
      assert.deepEqual(agents.map(({ id }: { id: string }) => id), [agentId]);
    }
  },
);

clusterTest(
  "cluster: a clone that one manager has found gets no orders from the other either",
  async () => {
    await using server = await startOne();
    await using managers = await twoManagers(server, { clock: new MemoryClock() });
    const { one, other } = managers;
    await one.enrol();
    const { agentId } = one;
    await followed(() => other.manager.stores.agents.has(agentId));
    const { clones } = one.manager.keepAlive;
    for (let turn = 0; turn < 8; turn++) {
      const hostName = turn % 2 === 0 ? "box" : "copy";
      clones.batch(agentId, { stream: "stateless", batchId: null, hostName });
    }
    assert.equal(isFound(one, agentId), true);
    await followed(() => isFound(other, agentId));
    const signals = other.manager.keepAlive.clones.finding(agentId)?.signals;
    assert.deepEqual(signals, ["host_name"]);
    const given = await orderFor(other, agentId);
    assert.equal(given.status, 200, await given.clone().text());
    await given.body?.cancel();
    const poll = ask(other, one.agentToken, "192.0.2.1");
    const order = async () => {
      const { orders } = await (await manage(one, "/manager/orders")).json();
      return orders[0];
    };
    await followed(async () => (await order())?.status === "failure");
    assert.match((await order()).result.message, /several machines use this agent's id/);
    other.manager.endWaits();
    await (await poll).body?.cancel();
  },
);
