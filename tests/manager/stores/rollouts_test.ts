import assert from "node:assert/strict";
import type { NewCommand } from "../../../src/manager/commands/command_request.ts";
import type { NewRollout } from "../../../src/manager/stores/rollouts.ts";
import { agent, contract, type Scene } from "./contract.ts";

const A = "01a1fbd6-506d-73a6-bc20-000000000001";
const B = A.replace(/1$/, "2");
const C = A.replace(/1$/, "3");
const OUTCOME = {
  counts: { open: 0, done: 1, failed: 0, not_reached: 0, withdrawn: 0 },
  reasons: [],
};

/** What is asked for, of two waves. */
export function rollout(agents: number, createdMs = 1): NewRollout {
  return {
    version: "1.4.0",
    release: 37,
    manifest: "{}",
    target: { groups: ["web"] },
    waves: [1, "100%"],
    stopShare: 0.05,
    retry: false,
    timeoutS: 600,
    agents,
    user: "me",
    createdMs,
  };
}

const plan = (...turns: string[][]) => () => ({ rollout: rollout(turns.flat().length), turns });

async function begun({ stores }: Scene): Promise<number> {
  for (const id of [A, B, C]) await stores.agents.add(agent(id, { groups: ["web"] }));
  return await stores.rollouts.add(plan([A], [B, C]));
}

contract("Rollouts shows what was written down, and in which wave each agent is", async (scene) => {
  const { rollouts } = scene.stores;
  const id = await begun(scene);
  const found = rollouts.find(id);
  assert.deepEqual([found?.state, found?.agents, found?.manifest], ["running", 3, "{}"]);
  const waves = rollouts.waves(id).map((
    { number, agents, begunMs },
  ) => [number, agents, begunMs]);
  assert.deepEqual(waves, [[1, 1, null], [2, 2, null]]);
  assert.deepEqual([1, 2].map((wave) => rollouts.agentsInWave(id, wave)), [[A], [B, C]]);
  assert.deepEqual(rollouts.agentsIn(["web"]).map((one) => one.id).sort(), [A, B, C]);
  assert.deepEqual(rollouts.agentsOf([B, "nobody"]).map((one) => one.id), [B]);
  assert.deepEqual(rollouts.unsettled().map((one) => one.id), [id]);
  assert.equal(rollouts.moves(), true);
});

contract(
  "Rollouts frees agents with the end of a rollout, and numbers the next one on",
  async (scene) => {
    const { rollouts } = scene.stores;
    const id = await begun(scene);
    assert.deepEqual(rollouts.busyAgent([B]), { agentId: B, rolloutId: id });
    const end = { from: "running", state: "cancelled", reason: "enough", nowMs: 5 } as const;
    assert.equal(await rollouts.setState(id, { ...end, finished: true }), true);
    assert.equal(rollouts.busyAgent([A, B, C]), undefined);
    const { state, reason, finishedMs } = rollouts.find(id) ?? {};
    assert.deepEqual([state, reason, finishedMs], ["cancelled", "enough", 5]);
    assert.equal(await rollouts.add(plan([A])), id + 1);
    assert.deepEqual(rollouts.list().map((one) => one.id), [id + 1, id]);
  },
);

contract(
  "Rollouts changes nothing of what stands elsewhere than it was thought to",
  async (scene) => {
    const { rollouts } = scene.stores;
    const id = await begun(scene);
    const pause = { from: "running", state: "paused", reason: "me", nowMs: 2 } as const;
    assert.deepEqual(
      [await rollouts.setState(id, pause), await rollouts.setState(id, pause)],
      [true, false],
    );
    assert.equal(await rollouts.beginWave(id, 1, 3), false, "it does not run");
    await rollouts.setState(id, { from: "paused", state: "running", forgiven: 2, nowMs: 4 });
    assert.equal(rollouts.find(id)?.forgiven, 2);
    const begin = () => rollouts.beginWave(id, 1, 5);
    assert.deepEqual([await begin(), await begin()], [true, false]);
    await rollouts.setRequest(id, 1, 77);
    const settle = () => rollouts.settleWave(id, 1, { outcome: OUTCOME, withdrawn: [], nowMs: 6 });
    assert.deepEqual([await settle(), await settle()], [true, false]);
    const [wave] = rollouts.waves(id);
    assert.deepEqual(wave, {
      number: 1,
      agents: 1,
      begunMs: 5,
      requestId: 77,
      settledMs: 6,
      outcome: OUTCOME,
    });
  },
);

contract(
  "Rollouts gives agents whose orders were withdrawn their turn with the next wave, also after the last",
  async (scene) => {
    const { rollouts } = scene.stores;
    const id = await begun(scene);
    const settle = async (wave: number, withdrawn: string[]) => {
      await rollouts.beginWave(id, wave, 2);
      await rollouts.settleWave(id, wave, { outcome: OUTCOME, withdrawn, nowMs: 3 });
    };
    await settle(1, [A]);
    await settle(2, [A, B]);
    const waves = rollouts.waves(id).map(({ number, agents }) => [number, agents]);
    assert.deepEqual(waves, [[1, 0], [2, 1], [3, 2]]);
    assert.deepEqual(rollouts.agentsInWave(id, 3).sort(), [A, B]);
  },
);

contract("Rollouts adds nothing when the plan finds that it cannot be", async (scene) => {
  const { rollouts } = scene.stores;
  const no = () => {
    throw new Error("busy");
  };
  await assert.rejects(rollouts.add(no), { message: "busy" });
  assert.deepEqual(rollouts.list(), []);
});

contract("Rollouts forgets the oldest of those that have ended", async (scene) => {
  const { rollouts } = scene.stores;
  await begun(scene);
  for (let number = 0; number < 102; number++) {
    const id = await rollouts.add(plan([]));
    await rollouts.setState(id, { from: "running", state: "done", nowMs: 2, finished: true });
  }
  await rollouts.add(plan([]));
  const kept = rollouts.list().map(({ id }) => id);
  assert.deepEqual([kept.length, kept.at(-1), kept[0]], [102, 1, 104]);
});

contract(
  "Orders makes those for a list of agents once for its name, for the agents that there are",
  async (scene) => {
    const { agents, orders } = scene.stores;
    for (const id of [A, B]) await agents.add(agent(id));
    const command: NewCommand = {
      source: "Engine",
      user: "me",
      target: { type: "agents", id: "rollout 1 wave 1", agents: [A, B, C] },
      action: { name: "update", args: {}, version: "1" },
      timeout: 600,
    };
    const made = await Promise.all([1, 2, 3].map(() => orders.createOnce(command, 0)));
    assert.equal(new Set(made).size, 1);
    await agents.remove(B);
    assert.equal(await orders.createOnce(command, 0), made[0]);
    const rows = scene.store.database.prepare("SELECT agent_id FROM orders ORDER BY order_id")
      .all();
    assert.deepEqual(rows.map(({ agent_id }) => agent_id), [A, B]);
    assert.equal(orders.isMade(made[0] ?? 0, 0), true);
    const other = { ...command, target: { ...command.target, id: "wave 2", agents: [C] } };
    await assert.rejects(orders.createOnce(other as NewCommand, 0), { name: "InvalidRequest" });
  },
);
