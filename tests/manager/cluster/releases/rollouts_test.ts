import assert from "node:assert/strict";
import { clusterTest, startOne } from "../../../support/nats_cluster.ts";
import { RequestOutcomes } from "../../../../src/manager/commands/request_outcomes.ts";
import type { Releases } from "../../../../src/manager/releases/releases.ts";
import { RolloutSteps } from "../../../../src/manager/rollouts/rollout_steps.ts";
import { MemoryClock } from "../../../support/fake_clock.ts";
import { signedBy } from "../../../shared/releases/support.ts";
import { report } from "../../commands/scene.ts";
import { assertRefused, registration, TestClient, type TestManager } from "../../harness.ts";
import { content, KEY, releaseOf } from "../../releases_scene.ts";
import { followed, manage, moved, twoManagers } from "../two_managers.ts";

const BYTES = content(100);

/** Registers agents of the group `web` at a manager, and has each log in. */
async function enrol(test: TestManager, count: number): Promise<TestClient[]> {
  const agents: TestClient[] = [];
  for (let number = 0; number < count; number++) {
    const client = new TestClient(test.fetch);
    const body = registration({ name: `agent-${number}`, groups: ["web"] });
    assert.equal((await client.register(body)).status, 201);
    client.agentId = String(body.id);
    await client.renewToken();
    agents.push(client);
  }
  return agents;
}

async function putRelease(test: TestManager): Promise<void> {
  const put = (name: string, body: BodyInit) =>
    manage(test, `/manager/releases/${name}`, { method: "PUT", body });
  await put("agent", BYTES);
  await put("agent.json", signedBy([KEY], releaseOf("agent", BYTES)));
}

const JSON_BODY = { "Content-Type": "application/json" };

function begin(test: TestManager, body: object): Promise<Response> {
  const text = JSON.stringify({ version: "1.4.0", ...body });
  return manage(test, "/manager/rollouts", { method: "POST", headers: JSON_BODY, body: text });
}

async function show(test: TestManager, id = 1) {
  return await (await manage(test, `/manager/rollouts/${id}`)).json();
}

clusterTest(
  "cluster: a rollout begun at one manager is moved on by the one that has the duty, obeyed by agents at the other, and seen and told at both",
  async () => {
    await using server = await startOne();
    const clock = new MemoryClock();
    await using managers = await twoManagers(server, { clock, tokenTtlMs: 86_400_000 });
    const { one, other } = managers;
    const agents = await enrol(one, 3);
    await followed(async () =>
      (await (await manage(other, "/manager/agents")).json()).agents?.length === 3
    );
    await putRelease(one);
    await followed(async () =>
      (await (await manage(other, "/manager/releases")).json()).releases.length === 2
    );
    assert.deepEqual([one, other].map(({ manager }) => manager.stores.rollouts.moves()), [
      true,
      false,
    ]);
    const begun = await begin(other, { groups: ["web"], waves: [1, "100%"] });
    assert.equal(begun.status, 201, await begun.text());
    await assertRefused(await begin(one, { agents: [agents[0]?.agentId] }), 409, /rollout 1/);
    const obeyed: string[] = [];
    await followed(async () => {
      await clock.advance(1_000);
      for (const agent of agents) {
        const { commands: [order] } = await other.manager.stores.orders
          .offer(agent.agentId, clock.now());
        if (order === undefined) continue;
        obeyed.push(agent.agentId);
        await report(moved(agent, other), order.document_id, { code: 0, message: "done" });
      }
      return (await show(other)).state === "done";
    });
    assert.deepEqual(obeyed.toSorted(), agents.map(({ agentId }) => agentId).toSorted());
    await followed(async () => (await show(one)).state === "done");
    const [at, elsewhere] = [await show(one), await show(other)];
    assert.deepEqual(at, elsewhere);
    assert.deepEqual([at.upgraded, at.waves.length], [3, 2]);
    const gone = await manage(one, "/manager/rollouts/1/pause", { method: "POST" });
    await assertRefused(gone, 409, "Rollout 1 has ended: done");
  },
);

clusterTest(
  "cluster: of two rollouts begun at once for the same agents one is refused, at whichever managers",
  async () => {
    await using server = await startOne();
    const clock = new MemoryClock();
    await using managers = await twoManagers(server, { clock, tokenTtlMs: 86_400_000 });
    const { one, other } = managers;
    await enrol(one, 2);
    await putRelease(other);
    await putRelease(one);
    await followed(() => other.manager.stores.rollouts.agentsIn(["web"]).length === 2);
    for (let round = 0; round < 5; round++) {
      const answers = await Promise.all(
        [one, other].map((test) => begin(test, { groups: ["web"] })),
      );
      const statuses = answers.map(({ status }) => status).toSorted();
      assert.deepEqual(statuses, [201, 409], await answers[0]?.text());
      const id = round + 1;
      await followed(() => other.manager.stores.rollouts.find(id) !== undefined);
      const cancel = await manage(other, `/manager/rollouts/${id}/cancel`, { method: "POST" });
      assert.equal(cancel.status, 200, await cancel.text());
      await followed(() => one.manager.stores.rollouts.find(id)?.state === "cancelled");
    }
  },
);

clusterTest(
  "cluster: two managers that both move a rollout on give each agent one order, and settle each wave once",
  async () => {
    await using server = await startOne();
    await using managers = await twoManagers(server, { clock: new MemoryClock() });
    const { one, other } = managers;
    const agents = await enrol(one, 4);
    const manifest = signedBy([KEY], releaseOf("agent", BYTES));
    await putRelease(one);
    const movers = [one, other].map(({ manager, clock }) => ({
      ...manager,
      steps: new RolloutSteps({
        table: manager.stores.rollouts,
        outcomes: new RequestOutcomes(manager.store.database),
        commands: manager.commands,
        releases: manager.releases as Releases,
        clock,
      }),
    }));
    const ids = agents.map(({ agentId }) => agentId);
    const id = await one.manager.stores.rollouts.add(() => ({
      rollout: {
        version: "1.4.0",
        release: 37,
        manifest,
        target: { groups: ["web"] },
        waves: [2, "100%"],
        stopShare: 1,
        retry: false,
        timeoutS: 600,
        agents: 4,
        user: "me",
        createdMs: 0,
      },
      turns: [ids.slice(0, 2), ids.slice(2)],
    }));
    const settled: string[] = [];
    await followed(async () => {
      const found = movers.map(({ stores }) => stores.rollouts.find(id));
      await Promise.all(movers.map(async ({ steps }, index) => {
        const rollout = found[index];
        if (rollout !== undefined) await steps.advance(rollout);
      }));
      for (const agentId of ids) {
        const { commands } = await other.manager.stores.orders.offer(agentId, one.clock.now());
        for (const { document_id } of commands) {
          settled.push(agentId);
          const data = { command: { result: { code: 0 } } };
          const reports = [{ documentId: document_id, data }];
          await other.manager.stores.orders.report(agentId, reports, one.clock.now());
        }
      }
      return movers.every(({ stores }) => stores.rollouts.find(id)?.state === "done");
    });
    assert.deepEqual(settled.toSorted(), ids.toSorted());
    for (const { store, stores } of movers) {
      const count = () =>
        Number(store.database.prepare("SELECT count(*) AS n FROM orders").get()?.n);
      await followed(() => count() === 4);
      const waves = stores.rollouts.waves(id).map(({ outcome }) => outcome?.counts.done);
      assert.deepEqual(waves, [2, 2]);
    }
  },
);
